"""Runs the calls of a flow, one after the other or side by side."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from ..configuration import BaseSettings
from ..errors import CallError, NaftikoError
from ..outputs.limits import TooManyValuesError
from ..outputs.shapes import Read, json_document
from ..reply import Reply
from ..upstream.failures import log_failure, own_hosts
from .clients import flow_client
from .replies import composed
from .values import UnusableAnswerError

P = ParamSpec("P")


class Client(Protocol):
    """A client of upstreams."""

    @property
    def settings(self) -> BaseSettings:
        """Return the settings that the client was opened with."""
        ...


C = TypeVar("C", bound=Client)


class RefusedError(NaftikoError):
    """A response whose status is 400 or above, which ends a flow."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def flow(
    steps: Callable[Concatenate[C, P], Awaitable[Any]],
) -> Callable[Concatenate[C, P], Coroutine[Any, Any, Reply]]:
    """Return a coroutine that replies with the value of the steps.

    A reply is returned unchanged, and another value as JSON. The first refusal of an
    upstream ends the steps, and is the reply. All steps share the time of one call.
    """

    @functools.wraps(steps)
    async def perform(client: C, /, *args: P.args, **kwargs: P.kwargs) -> Reply:
        limit = client.settings.limits.timeout
        with own_hosts():
            try:
                with flow_client():
                    async with asyncio.timeout(limit):
                        value = await steps(client, *args, **kwargs)
            except RefusedError as refusal:
                return refusal.reply
            except TooManyValuesError:
                raise _logged(UnusableAnswerError("with too many values")) from None
            except UnusableAnswerError as error:
                raise _logged(error) from None
            except TimeoutError:
                raise _logged(_late()) from None
        return value if isinstance(value, Reply) else composed(value)

    return perform


def _late() -> CallError:
    detail = "the upstream APIs did not answer in time; some steps may be done"
    return CallError(504, "Gateway Timeout", detail)


def _logged(error: CallError) -> CallError:
    log_failure(error)
    return error


async def answer(call: Awaitable[Reply], read: Read = json_document) -> Any:
    """Return the value of a call's response; raises RefusedError or CallError.

    An empty response is None. `read` parses the body, or raises ValueError.
    """
    reply = await call
    if not reply.ok:
        raise RefusedError(reply)
    if not reply.body:
        return None
    try:
        return read(reply)
    except ValueError:
        raise UnusableAnswerError("that can't be read") from None


def unread(_: Reply) -> None:
    """Read nothing: no step needs the response."""


async def together(*answers: Coroutine[Any, Any, Any]) -> list[Any]:
    """Return the answers of calls that run side by side.

    If several fail, the first of them counts, as if they ran one after the other.
    """
    tasks = [asyncio.create_task(one) for one in answers]
    try:
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
