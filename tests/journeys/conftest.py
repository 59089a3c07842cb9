"""The fixtures of these tests, where pytest looks for them."""

from journeys_fixtures import (
    clone,
    follow,
)

__all__ = [
    "clone",
    "follow",
]
