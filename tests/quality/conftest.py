"""The fixtures of these tests, where pytest looks for them."""

from quality_fixtures import packages
