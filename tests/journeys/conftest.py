"""The fixtures of these tests, where pytest looks for them."""

from journeys_fixtures import follow, installed_once, variables
from packaging_fixtures import sources
