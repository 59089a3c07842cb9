"""The fixtures of these tests, where pytest looks for them."""

from behaviour_fixtures import authorities
from conformance_fixtures import package, programs, url
