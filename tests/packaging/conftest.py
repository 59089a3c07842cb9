"""The fixtures of these tests, where pytest looks for them."""

from packaging_fixtures import (
    distributions,
    expected,
    first,
    installed,
    package,
    sdist,
    served,
    sources,
    wheel,
)

__all__ = [
    "distributions",
    "expected",
    "first",
    "installed",
    "package",
    "sdist",
    "served",
    "sources",
    "wheel",
]
