"""The fixtures of these tests, where pytest looks for them."""

from catalogue_fixtures import (
    packages,
)

__all__ = [
    "packages",
]
