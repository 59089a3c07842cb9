"""The fixtures of these tests, where pytest looks for them."""

from foreign_fixtures import apis
