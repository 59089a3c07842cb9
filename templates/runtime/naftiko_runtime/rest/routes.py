"""Routes: the requests of clients, and the coroutines that perform them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Concatenate, Generic, TypeVar

from starlette.types import Receive, Scope

from ..reply import Reply
from .inputs import Input
from .request import Request, received

C = TypeVar("C")

Operation = Callable[Concatenate[C, ...], Awaitable[Reply]]
"""A coroutine that takes the API client, and the inputs as keyword arguments."""

Readers = list[tuple[str, Callable[[Request], Any]]]
"""The keyword arguments of an operation, and the functions that read their values."""


@dataclass(frozen=True)
class Route(Generic[C]):
    """A method and path, and the operation that is called with the route's inputs.

    A variable of the path is written `{name}`.
    """

    method: str
    path: str
    operation: Operation[C]
    inputs: Sequence[Input] = ()

    @cached_property
    def _in_head(self) -> Readers:
        return [(one.argument, one.read) for one in self.inputs if not one.reads_body]

    @cached_property
    def _in_body(self) -> Readers:
        return [(one.argument, one.read) for one in self.inputs if one.reads_body]

    async def call(self, client: C, scope: Scope, receive: Receive) -> Reply:
        """Read and check the inputs of a request, and perform the operation.

        Inputs that need no body are checked before the body is received. Raises
        CallError for an invalid input, or if there is no response.
        """
        request = Request(scope)
        values = {argument: read(request) for argument, read in self._in_head}
        if self._in_body:
            request.body = await received(receive)
            for argument, read in self._in_body:
                values[argument] = read(request)
        return await self.operation(client, **values)
