"""The calls that adapters serve, the requests that they send, and their observers."""

import logging
import math
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.types import Scope

from ..errors import CallError, Failure

UNKNOWN_METHOD = "(unknown method)"
UNKNOWN_TOOL = "(unknown tool)"
OTHER = "_OTHER"
"""The word of OpenTelemetry's conventions for a value that isn't one of theirs."""
INTERNAL_ERROR = -32603
"""The code of JSON-RPC for a fault of the server."""
CALLER = "naftiko.caller"
"""A key of ASGI scopes: the `Caller` that a guard has let in."""
ID_KEY = "naftiko.request_id"
"""A key of ASGI scopes: the id of the request, which the server sends back."""
ID_HEADER = b"x-request-id"
VALID_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the current request, empty outside of one and on standard input."""


def request_id(headers: Mapping[bytes, bytes]) -> bytes:
    """Return the id that a client or proxy has given, or a new one.

    Names of headers are in lower case. Another text than a short word could forge lines
    of the log.
    """
    identity = headers.get(ID_HEADER, b"").strip(b" \t")
    is_valid = VALID_ID.fullmatch(identity) is not None
    return identity if is_valid else os.urandom(16).hex().encode()


@dataclass(frozen=True, slots=True)
class Caller:
    """The client of a call, as its credential names it.

    `subject` is that of an access token, whose `issuer` has named it, or a user name.
    `secret` is the SHA-256 of a key or token that names nobody; only a digest of it
    with another key may leave the process.
    """

    subject: str | None = None
    issuer: str | None = None
    secret: bytes | None = None


@dataclass(eq=False, slots=True)
class CalledOperation:
    """A call's operation, once the server knows it.

    `method` is that of HTTP or JSON-RPC. `target` is the path of a route as the spec
    has it, the name of a tool or prompt, or empty. Neither is text of a client.
    """

    method: str
    target: str = ""
    arguments: Mapping[str, Any] | None = None
    """The values that the client sent; only their digest may leave the process."""
    meta: Mapping[str, Any] | None = None
    """The `_meta` of an MCP request."""
    protocol: str = ""
    """The revision of MCP."""
    request_id: int | str | None = None
    """The id of a JSON-RPC request, which the client chose."""
    changes: bool = False
    """Whether a call may change state upstream, as the compiler knows."""

    def __str__(self) -> str:
        """Return the operation as the log has it."""
        return f"{self.method} {self.target}" if self.target else self.method


@dataclass(eq=False, slots=True)
class Timed:
    """Something that takes time, and that has a span if calls are traced."""

    begin: float = field(default_factory=time.perf_counter, init=False)
    span: Any = field(default=None, init=False)
    ambient: Any = field(default=None, init=False)
    """The context of OpenTelemetry in which it began."""

    @property
    def seconds(self) -> float:
        """Return the time since it began."""
        return time.perf_counter() - self.begin


@dataclass(eq=False, slots=True)
class Call(Timed):
    """A call to an adapter, from its first byte to the last of its response.

    `kind` is `rest`, `mcp` or `skill`, `adapter` the name in the log. `status` is that
    of the response, or of a tool's result; None without a response. `fault` is the
    class of an exception that the server didn't expect.
    """

    kind: str
    adapter: str
    operation: CalledOperation
    scope: Scope | None = None
    """The request's ASGI scope, None on standard input."""
    status: int | None = None
    response: int | None = None
    """The status of the HTTP response, which a tool's result may differ from."""
    cause: int | None = None
    """The status of the refusal behind an error of JSON-RPC."""
    fault: str = ""
    reason: str = ""
    """Why it is refused or has failed, in words without text of a client."""
    is_gone: bool = False
    """Whether the call has ended because its client has left."""
    is_known: bool = False
    has_left: bool = False
    """Whether the client has left, though the call may have gone on."""
    is_answered: bool = False
    """Whether the observers know how it ended."""
    requests: "list[UpstreamRequest]" = field(default_factory=list)

    def answer(self) -> None:
        """Tell the observers how the call ends, once, before the response leaves."""
        if not self.is_answered:
            self.is_answered = True
            for observer in OBSERVERS:
                observer.call_answers(self)

    @property
    def trace(self) -> tuple[str, str] | None:
        """Return the ids of the call's trace and span, as W3C writes them.

        A tool call has a span from the time when its operation is known.
        """
        if self.span is None:
            return None
        context = self.span.get_span_context()
        return f"{context.trace_id:032x}", f"{context.span_id:016x}"


@dataclass(eq=False, slots=True)
class Step(Timed):
    """A step of a route or tool.

    `kind` is `call`, `lookup` or `script`. `name` and the consumed API's `namespace`
    are those of the spec. `fault` is the class of the exception that ended the step.
    """

    kind: str
    name: str
    namespace: str = ""
    call: Call | None = None
    outer: "Step | None" = None
    """The step whose call performs this one."""
    status: int | None = None
    """The status of the upstream's response."""
    fault: str = ""


@dataclass(eq=False, slots=True)
class UpstreamRequest(Timed):
    """A request to an upstream; a call that is repeated has several.

    `status` is that of the response, None without one. `times_sent` counts how often
    its first byte was written: HTTP Digest sends a request twice. The bytes are those
    of HTTP, heads included.
    """

    method: str
    host: str
    port: int
    call: Call | None
    step: Step | None = None
    path: str = ""
    """The path without credentials, if lines of requests are logged."""
    status: int | None = None
    times_sent: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    failure: Failure | None = None
    """Why there is no usable response."""
    is_of_credential: bool = False
    """Whether it fetches a credential, which another call may have to wait for."""
    headers: tuple[tuple[str, str], ...] = ()
    """The headers that observers add."""

    def end(self) -> None:
        """Tell the observers that the request has ended."""
        for observer in OBSERVERS:
            observer.request_ends(self)


class Observer:
    """Something that is told of calls and requests; it mustn't wait or raise."""

    def call_begins(self, call: Call) -> None:
        """Note a call whose operation isn't known yet."""

    def call_is_known(self, call: Call) -> None:
        """Note the operation of a call, before it is performed."""

    def call_answers(self, call: Call) -> None:
        """Note how a call ends, before its response leaves; it may have none."""

    def call_ends(self, call: Call) -> None:
        """Note the end of a call, also of one that was cancelled."""

    def step_begins(self, step: Step) -> None:
        """Note a step before it is performed."""

    def step_ends(self, step: Step) -> None:
        """Note the end of a step, also of one that was cancelled."""

    def call_is_refused(self, status: int) -> None:
        """Note a refusal by a limit or a rule of the server, before a call is known."""

    def request_begins(self, request: UpstreamRequest) -> None:
        """Note a request before it is sent."""

    def request_ends(self, request: UpstreamRequest) -> None:
        """Note the end of a request, also of one that was cancelled."""


UPSTREAM = logging.getLogger(f"{__name__}.upstream")
"""The lines of requests to upstreams, which only an option shows."""
OBSERVERS: list[Observer] = []
"""The observers of all calls in the process; without any, no call is recorded."""
HOSTS: set[str] = set()
"""The hosts of the upstreams that the package calls."""
LATEST_REFUSAL = [-math.inf]
"""The monotonic time of the latest call that was refused because of overload."""
CALL: ContextVar[Call | None] = ContextVar("call", default=None)
STEP: ContextVar[Step | None] = ContextVar("step", default=None)
FETCHES_CREDENTIAL: ContextVar[bool] = ContextVar("fetches_credential", default=False)
"""Whether the current task fetches a credential."""


@contextmanager
def observe_call(
    kind: str, adapter: str, operation: CalledOperation, scope: Scope | None = None
) -> Iterator[Call]:
    """Record a call; inside another of its adapter, go on with that one instead.

    The other call may be of another package, which shares this module.
    """
    outer = CALL.get()
    if outer and outer.adapter == adapter:
        yield outer
        return
    call = Call(kind, adapter, operation, scope)
    token = CALL.set(call)
    for observer in OBSERVERS:
        observer.call_begins(call)
    try:
        yield call
    finally:
        call.answer()
        for observer in OBSERVERS:
            observer.call_ends(call)
        # Lines that observers log are about the call.
        CALL.reset(token)
        # Requests refer to the call: such garbage would wait for a rare collection.
        call.requests.clear()


@contextmanager
def observed_step(step: Step) -> Iterator[None]:
    """Record a step of the current call until the end of the context."""
    step.call, step.outer = CALL.get(), STEP.get()
    token = STEP.set(step)
    for observer in OBSERVERS:
        observer.step_begins(step)
    try:
        yield
    except BaseException as error:
        step.fault = type(error).__name__
        raise
    finally:
        STEP.reset(token)
        for observer in OBSERVERS:
            observer.step_ends(step)


def know(operation: CalledOperation) -> None:
    """Note the operation of the current call, if calls are recorded.

    A call has one operation, so a later one is no news to observers.
    """
    call = CALL.get()
    if call is not None and not call.is_known:
        call.operation, call.is_known = operation, True
        for observer in OBSERVERS:
            observer.call_is_known(call)


def note_unread(target: str) -> None:
    """Note that the current call is refused unread: nobody knows its operation."""
    call = CALL.get()
    if call is not None:
        call.operation.target, call.operation.changes = target, True


def note_status(status: int) -> None:
    """Note the status of a tool's result; the HTTP response may have another."""
    call = CALL.get()
    if call is not None:
        call.status = status


def note_cause(status: int) -> None:
    """Note the status of the refusal that becomes an error of JSON-RPC."""
    call = CALL.get()
    if call is not None:
        call.cause = status


def note_reason(error: CallError) -> None:
    """Note why the current call is refused or has failed."""
    call = CALL.get()
    if call is not None:
        call.reason = error.reason


def note_fault(error: Exception) -> None:
    """Note an exception that the server didn't expect, only by its class."""
    call = CALL.get()
    if call is not None:
        call.status, call.fault = 500, type(error).__name__


def note_departure() -> None:
    """Note that the current call ends because its client has left."""
    note_gone()
    call = CALL.get()
    if call is not None:
        call.is_gone = True


def note_gone() -> None:
    """Note that the client of the current call has left; the call may go on."""
    call = CALL.get()
    if call is not None:
        call.has_left = True


def note_refusal(status: int) -> None:
    """Note a refusal; 503 means that the process has too much to do."""
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        LATEST_REFUSAL[0] = time.monotonic()
    for observer in OBSERVERS:
        observer.call_is_refused(status)


def begin_request(method: str, host: str, port: int) -> UpstreamRequest | None:
    """Record a request of the current call, if requests are recorded."""
    if not OBSERVERS:
        return None
    call = CALL.get()
    request = UpstreamRequest(method, host, port, call, STEP.get())
    request.is_of_credential = FETCHES_CREDENTIAL.get()
    if call is not None:
        call.requests.append(request)
    for observer in OBSERVERS:
        observer.request_begins(request)
    return request
