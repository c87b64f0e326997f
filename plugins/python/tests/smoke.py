"""Runs a plugin with the SDK that is installed, lets it describe itself, and says so: python tests/smoke.py PLUGIN.py."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

from harness import launch

import solverbench

with launch(Path(sys.argv[1])) as plugin:
    described = plugin.call("Describe")
    status, out, err = plugin.shut_down()
if status or out or err:
    sys.exit(f"it ended with status {status} and printed {out!r} and {err!r}")
where = Path(solverbench.__file__).parent
if "site-packages" not in where.parts:
    sys.exit(f"solverbench is at {where}, expected site-packages")
names = ", ".join(solver.name for solver in described.solvers)
print(f"solverbench {importlib.metadata.version('solverbench')} in {where}: {described.name} offers {names}")
