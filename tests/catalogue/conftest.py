"""The fixtures of these tests, where pytest looks for them."""

from behaviour_fixtures import authorities
from catalogue_fixtures import bytecode, packages
