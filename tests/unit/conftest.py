"""The fixtures of these tests, where pytest looks for them."""

from unit_fixtures import newer_runtime

__all__ = ["newer_runtime"]
