"""Fixtures for pytest, and a recorder of the calls of an API client's coroutines.

Import the fixtures into a `conftest.py`, or name this module in `pytest_plugins` of the
topmost one.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from inspect import getmembers, iscoroutinefunction
from typing import Any
from unittest.mock import patch

import pytest

from .testing import CREATED, MockUpstream
from .transport import Reply

Coroutine = Callable[..., Awaitable[Reply]]


class Recorder:
    """The calls of a client's coroutines, whose requests go to a mock upstream.

    `calls` are the names of the coroutines, with their keyword arguments; a call that
    forwards a request has its texts. Unless a test sets another `reply` of the
    upstream, that is `CREATED`.
    """

    def __init__(self, client: type[Any], upstream: MockUpstream) -> None:
        self.upstream = upstream
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._client = client

    def reset(self) -> None:
        """Forget the calls and the reply of other tests."""
        self.calls.clear()
        self.upstream.reset()
        self.upstream.reply = CREATED

    @property
    def rows(self) -> Any:
        """Return the calls as JSON has them, in which bytes are text."""
        return json.loads(json.dumps(self.calls, default=bytes.decode))

    @contextmanager
    def recording(self, units: Iterable[Any]) -> Iterator[None]:
        """Record calls of the client's coroutines, also those that `units` refer to."""
        coroutines = getmembers(self._client, iscoroutinefunction)
        recorders = {
            coroutine: self._recorder(coroutine) for _, coroutine in coroutines
        }
        with ExitStack() as stack:
            for name, coroutine in coroutines:
                change = patch.object(self._client, name, recorders[coroutine])
                stack.enter_context(change)
            for unit in units:
                operation = recorders.get(getattr(unit, "operation", None))
                if operation:
                    stack.enter_context(patch.dict(vars(unit), operation=operation))
            yield

    def _recorder(self, coroutine: Coroutine) -> Coroutine:
        @wraps(coroutine)
        async def call(client: Any, /, *requests: Any, **values: Any) -> Reply:
            texts = {
                name: text
                for request in requests
                for name, text in request._asdict().items()
                if isinstance(text, str)
            }
            self.calls.append((coroutine.__name__, {**texts, **values}))
            return await coroutine(client, *requests, **values)

        return call


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
