"""What tasks of several families hold."""

from solverbench._proto.common_v1 import Oracle

__all__ = ["Oracle"]
