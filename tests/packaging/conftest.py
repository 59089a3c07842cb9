"""The fixtures of these tests, where pytest looks for them."""

from journeys_fixtures import installed_once, variables
from packaging_fixtures import (
    distributions,
    expected,
    first,
    installed,
    package,
    package_wheel,
    quick_python,
    sdist,
    served,
    sources,
    wheel,
)
