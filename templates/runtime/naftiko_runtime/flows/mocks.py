"""Mocks: functions of values that a spec states."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec

from ..json import JsonObject
from ..reply import Reply
from .replies import composed

P = ParamSpec("P")


def mock(
    values: Callable[P, JsonObject],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, Reply]]:
    """Return a coroutine that replies with the values as JSON.

    Its first argument, the API client, isn't used: no upstream is called.
    """

    @functools.wraps(values)
    async def perform(_: Any, /, *args: P.args, **kwargs: P.kwargs) -> Reply:
        return composed(values(*args, **kwargs))

    return perform
