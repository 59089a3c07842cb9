"""Routes: the requests of clients, and the coroutines that perform them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Concatenate, Generic, TypeVar

from starlette.types import Receive, Scope

from ..reply import Reply
from .inputs import Input
from .request import Request, received

C = TypeVar("C")

Operation = Callable[Concatenate[C, ...], Awaitable[Reply]]
"""A coroutine that takes the API client, and the inputs as keyword arguments."""


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
    def _in_head(self) -> list[Input]:
        return [source for source in self.inputs if not source.reads_body]

    @cached_property
    def _in_body(self) -> list[Input]:
        return [source for source in self.inputs if source.reads_body]

    async def call(self, client: C, scope: Scope, receive: Receive) -> Reply:
        """Read and check the inputs of a request, and perform the operation.

        Inputs that need no body are checked before the body is received. Raises
        CallError for an invalid input, or if there is no response.
        """
        request = Request(scope)
        values = {source.argument: source.read(request) for source in self._in_head}
        if self._in_body:
            request.body = await received(receive)
            for source in self._in_body:
                values[source.argument] = source.read(request)
        return await self.operation(client, **values)
