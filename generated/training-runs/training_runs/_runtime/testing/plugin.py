"""Fixtures for pytest.

Import the fixtures into a `conftest.py`, or name this module in `pytest_plugins` of the
topmost one.
"""

import pytest

from .mock import MockUpstream


@pytest.fixture
def upstream() -> MockUpstream:
    """Return a mock upstream without samples: a test sets its `reply`.

    A `conftest.py` may override it with the `create_mock()` of a package.
    """
    return MockUpstream()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run coroutine tests on asyncio."""
    return "asyncio"
