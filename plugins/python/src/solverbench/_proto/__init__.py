"""Made by tools/generate.py from the .proto files: do not edit."""
