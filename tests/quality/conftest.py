"""The fixtures of these tests, where pytest looks for them."""

from quality_fixtures import (
    emitted,
    packages,
)

__all__ = [
    "emitted",
    "packages",
]
