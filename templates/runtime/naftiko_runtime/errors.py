"""The exceptions of a package, all NaftikoErrors, and failures that repeat."""

import asyncio
import logging
from collections.abc import Iterable
from contextvars import Context
from enum import StrEnum
from itertools import chain, islice
from typing import Self


class Phase(StrEnum):
    """How far a request to an upstream has come, as the log says it."""

    UNKNOWN = ""
    CONNECTING = "while connecting"
    SENDING = "while sending"
    AWAITING = "while its answer was awaited"
    READING = "while its answer was read"


class Failure(StrEnum):
    """Why a request to an upstream has no usable response.

    Metrics, spans and the audit have these words; the log says it in a sentence.
    """

    DNS = "dns"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_FAILED = "connection_failed"
    CERTIFICATE = "certificate"
    TLS = "tls"
    PROXY = "proxy"
    CONNECTION_RESET = "connection_reset"
    CONNECTION_CLOSED = "connection_closed"
    CONNECTION_BROKEN = "connection_broken"
    MALFORMED_RESPONSE = "malformed_response"
    RESPONSE_TOO_LARGE = "response_too_large"
    TIMEOUT = "timeout"
    TIMEOUT_CONNECTING = "timeout_connecting"
    TIMEOUT_SENDING = "timeout_sending"
    TIMEOUT_AWAITING = "timeout_awaiting"
    TIMEOUT_READING = "timeout_reading"
    CANCELLED = "cancelled"
    OTHER = "other"


class NaftikoError(Exception):
    """The root of every exception that a package raises on purpose."""


class StartError(NaftikoError):
    """A failure to start; the message is one line."""


class Fault(str):
    """A line about a variable that is missing or malformed, without its value.

    `variable` is its name, empty if the line is about none, or about several.
    """

    __slots__ = ("is_missing", "variable")
    variable: str
    is_missing: bool

    def __new__(
        cls, line: str, variable: str = "", *, is_missing: bool = False
    ) -> Self:
        """Return a line that knows its variable."""
        fault = super().__new__(cls, line)
        fault.variable, fault.is_missing = variable, is_missing
        return fault

    def with_end(self, end: str) -> "Fault":
        """Return the line with a further end."""
        return Fault(f"{self}{end}", self.variable, is_missing=self.is_missing)


class SettingsError(NaftikoError):
    """Missing or malformed variables; `faults` has a line for each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(
            fault if isinstance(fault, Fault) else Fault(fault) for fault in faults
        )

    @classmethod
    def of(cls, variable: str, rule: str) -> Self:
        """Return the error of a malformed variable, with the rule that it breaks."""
        return cls(Fault(f"{variable} {rule}", variable))


class CallError(NaftikoError):
    """A failed call, as a client of an adapter gets it.

    `status` is an HTTP status, `title` its name and `detail` a sentence without values
    of settings. `retry_after` is in seconds. REST sends them as a problem document (RFC
    9457), MCP as a result with `isError`.
    """

    def __init__(
        self, status: int, title: str, detail: str, retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.retry_after = retry_after

    @property
    def reason(self) -> str:
        """Return the sentence for the log, which has no text of a client.

        The detail of a wrong input may repeat its name as the client wrote it.
        """
        return "an input isn't valid" if self.status == 400 else self.detail


class UnauthorizedError(CallError):
    """A refused client of an adapter.

    `challenges` are values of `WWW-Authenticate`: schemes by which it may try again.
    """

    def __init__(self, status: int, title: str, detail: str, *challenges: str) -> None:
        super().__init__(status, title, detail)
        self.challenges = challenges


MOST_FAULTS = 10
"""The most faults of a client's input in a message."""


class InvalidInputError(CallError):
    """Invalid input from the client; no request was sent.

    Each of `faults` is a line of the detail, and each of `hints` after them.
    """

    def __init__(
        self, name: str, fault: str, *others: str, hints: Iterable[str] = ()
    ) -> None:
        self.faults = (f"{name} {fault}", *others)
        self.hints = tuple(hints)
        detail = "\n".join((*self.faults, *self.hints))
        super().__init__(400, "Bad Request", detail)

    @classmethod
    def of_all(cls, errors: Iterable["InvalidInputError"], *hints: str) -> Self:
        """Return one error with the faults of the first errors, and further hints."""
        first = [*islice(errors, MOST_FAULTS + 1)]
        faults = [*dict.fromkeys(chain.from_iterable(part.faults for part in first))]
        if len(faults) > MOST_FAULTS:
            faults[MOST_FAULTS:] = ["… and more"]
        name, _, fault = faults[0].partition(" ")
        own_hints = chain.from_iterable(part.hints for part in first)
        return cls(name, fault, *faults[1:], hints=dict.fromkeys((*own_hints, *hints)))


class InvalidBodyError(NaftikoError, ValueError):
    """A response body that isn't JSON, or is nested more than 200 levels deep."""


class RequestError(NaftikoError):
    """A request to an upstream without a usable response.

    `reason` goes to the log, without any part of the URL, and `kind` to the metrics.
    """

    def __init__(
        self, message: str = "", reason: str = "", kind: Failure = Failure.OTHER
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.kind = kind


class NotSentError(RequestError):
    """A connection that could not be opened; the upstream has received nothing.

    A transport raises it. A GET, HEAD, PUT or DELETE may then be repeated once. The
    message is the reason for the log.
    """

    def __init__(self, message: str = "", kind: Failure = Failure.OTHER) -> None:
        super().__init__(message, message, kind)


class NoAnswerError(RequestError):
    """A request without a usable response; the upstream may have received it.

    A transport raises it. The message goes to clients after "the upstream API", such as
    "broke the connection". The request isn't repeated.
    """


class ConnectionLostError(NoAnswerError):
    """A connection that ended before a response began.

    A transport raises it. A GET, HEAD, PUT or DELETE may then be repeated once.
    """


PAUSE = 60.0
MOST = 1000
"""The kinds that are counted; further ones have a line for each failure."""
LOG = logging.getLogger(__name__)


class Faults:
    """The failures of the last minute, by the lines that the log has of them."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def warn(self, line: str) -> None:
        """Log a failure, or count it if the same line was logged within a minute."""
        if line in self._counts:
            self._counts[line] += 1
            return
        LOG.warning("%s", line)
        if len(self._counts) < MOST:
            self._begin(line)

    def tell(self) -> None:
        """Log the numbers of the failures that were left out so far."""
        for line, count in self._counts.items():
            if count:
                LOG.warning("%d more: %s", count, line)
        self._counts.clear()

    def _begin(self, line: str) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # nothing repeats outside of a server
            return
        self._counts[line] = 0
        # The next line belongs to no request.
        loop.call_later(PAUSE, self._end, line, context=Context())

    def _end(self, line: str) -> None:
        if count := self._counts.pop(line, 0):
            LOG.warning("%d more: %s", count, line)
            self._begin(line)


FAULTS = Faults()
"""The failures of this process."""
