"""The fixtures of these tests, where pytest looks for them."""

from journeys_fixtures import installed_once, variables
from packaging_fixtures import (
    distributions,
    expected_files,
    first,
    package,
    package_environments,
    package_wheel,
    quick_python,
    sdist,
    sources,
    wheel,
    wheel_environments,
)
