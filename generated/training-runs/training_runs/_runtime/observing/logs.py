"""The log of a package's command, with lines of calls, and the audit.

The audit has a line of JSON for each call that may change state. `docs/operating.md`
explains the members, and `docs/audit.schema.json` is their schema. A line has no value
of a client, but the digest of the arguments if there is a key for it.
"""

import hmac
import json
import logging
import mmap
import os
import re
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from errno import ENXIO
from hashlib import sha256
from itertools import islice
from pathlib import Path
from traceback import walk_tb
from typing import Any

from ..errors import FAULTS, StartError
from ..values import JsonObject
from .calls import (
    CALL,
    CALLER,
    INTERNAL_ERROR,
    OBSERVERS,
    REQUEST_ID,
    UPSTREAM,
    Call,
    Caller,
    Observer,
    UpstreamRequest,
)

STANDARD_ERROR = 2
MESSAGE_LIMIT = 200
NOTICE_LIMIT = 2000
LINE_LIMIT = 1000
FLUSH_SECONDS = 1.0
FRAMES = 8
CHAIN = 4
TRACEBACK = "Traceback (most recent call last):"
WRITTEN_FRAME = re.compile(r'File "([^"]*)", line ([0-9]+), in (\S+)')
WRITTEN_TYPE = re.compile(r"^[A-Za-z_][\w.]*", re.MULTILINE)
SEPARATOR = re.compile(r"[/\\]")
LOG = logging.getLogger(__name__)
NOTICES = logging.getLogger(f"{__name__}.notices")
"""The lines for the person who starts the command."""
FORMATS = ("text", "json")
# At info, these loggers report each start and stop of every adapter and worker.
TALKATIVE = ("mcp", "uvicorn")


def install(level: str, capability: str, *, shows_upstream: bool = False) -> None:
    """Write the records of all loggers in the process at this level or above.

    At `info` and below, each call has a line; by `shows_upstream`, each request to an
    upstream.
    """
    handler = LogQueue()
    handler.setFormatter(TextFormatter(capability))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    NOTICES.setLevel(logging.INFO)
    for name in TALKATIVE if level == "info" else ():
        logging.getLogger(name).setLevel(logging.WARNING)
    if LOG.isEnabledFor(logging.INFO):
        OBSERVERS.append(CallLines())
    if shows_upstream:
        UPSTREAM.setLevel(logging.DEBUG)
        OBSERVERS.append(RequestLines())
    else:
        # A path may hold values of clients.
        UPSTREAM.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda _, error, __: LOG.critical(
        "the process ends", exc_info=error
    )
    sys.unraisablehook = lambda hook: LOG.error(
        "an object could not be cleaned up", exc_info=hook.exc_value
    )


def write_json(capability: str) -> None:
    """Write the further lines of the log as JSON objects, notices too."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonFormatter(capability))
    NOTICES.propagate = True
    NOTICES.handlers.clear()


def print_notices() -> None:
    """Print notices as plain text, for a person, instead of lines of the log."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    NOTICES.handlers[:] = [handler]
    NOTICES.propagate = False


class LineFormatter(logging.Formatter, ABC):
    """A formatter of records as single lines, which name the capability.

    Many messages contain text from clients, so it is escaped. The text of an exception
    may contain a URL with a credential, so the line has the exception's type and its
    stack instead.
    """

    def __init__(self, capability: str) -> None:
        super().__init__()
        self.capability = capability

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without a line end."""
        error = record.exc_info[1] if record.exc_info else None
        text = _message(record)
        if text.startswith(TRACEBACK):
            text = _describe_traceback(text)
        elif error:
            # asyncio repeats the exception in the following lines.
            text = text.partition("\n")[0]
        # Notices are texts of our own.
        limit = NOTICE_LIMIT if record.name == NOTICES.name else MESSAGE_LIMIT
        origin = ", after ".join(map(_describe, islice(_chain(error), CHAIN)))
        return self.line(record, cut(text, limit), origin)

    @abstractmethod
    def line(self, record: logging.LogRecord, text: str, origin: str) -> str:
        """Return the line of a message, and of the origin of an exception if any."""


class TextFormatter(LineFormatter):
    """A formatter of records as printable text."""

    def line(self, record: logging.LogRecord, text: str, origin: str) -> str:
        """Return the time, level and capability, the logger of no notice, the text."""
        source = "" if record.name == NOTICES.name else f"{record.name}:"
        start = f"{_moment(record.created)} {record.levelname}:{self.capability}"
        line = f"{start}:{source}{escape(text)}"
        line = f"{line} ({origin})" if origin else line
        identity = _request_id(record)
        return f"{line} [{identity}]" if identity else line


class JsonFormatter(LineFormatter):
    """A formatter of records as JSON objects, with the ids of request and trace."""

    def line(self, record: logging.LogRecord, text: str, origin: str) -> str:
        """Return the members of a record; those without a value are left out."""
        call = CALL.get()
        trace_id, span_id = (call.trace if call else None) or ("", "")
        members = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "capability": self.capability,
            "logger": record.name,
            "message": text,
            "exception": origin,
            "request_id": _request_id(record),
            "trace_id": trace_id,
            "span_id": span_id,
            **getattr(record, "members", {}),
        }
        return json.dumps(
            {name: value for name, value in members.items() if value != ""}
        )


class LogQueue(logging.Handler):
    """A queue of lines; a thread writes them and ends when the queue is empty.

    A slow reader of the log delays only this thread. Lines beyond the limit are
    dropped, and their number is logged.
    """

    def __init__(self, descriptor: int = STANDARD_ERROR) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._access = threading.Lock()
        self._lines: deque[str] = deque()
        self._dropped = 0
        self._writer: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record, and start the thread if it doesn't run."""
        line = self.format(record)
        # A forked process lacks the thread, and its copy of the lock may be locked.
        if self._process != os.getpid():
            self._begin()
        with self._access:
            if len(self._lines) < LINE_LIMIT:
                self._lines.append(line)
            else:
                self._dropped += 1
            if self._writer is None:
                self._start()

    def flush(self) -> None:
        """Wait until the queue is written, at most FLUSH_SECONDS."""
        writer = self._writer  # the thread sets this to None when it ends
        if writer is not None:
            writer.join(FLUSH_SECONDS)

    def _start(self) -> None:
        # A process that ends or has too many threads can't start a thread.
        with suppress(RuntimeError):
            writer = threading.Thread(target=self._write, name="log", daemon=True)
            writer.start()
            self._writer = writer

    def _write(self) -> None:
        # A signal that comes to this thread would be lost for one that waits for it.
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while (line := self._next()) is not None:
            rest = f"{line}\n".encode(errors="backslashreplace")
            # `sys.stderr` has a lock, and a process can't end while a thread holds it.
            with suppress(OSError):
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]

    def _next(self) -> str | None:
        with self._access:
            if self._dropped and len(self._lines) < LINE_LIMIT:
                number, self._dropped = self._dropped, 0
                text = f"the log was full: {number} lines dropped"
                place = __name__, logging.WARNING, __file__, 0
                return self.format(logging.LogRecord(*place, text, (), None))
            if self._lines:
                return self._lines.popleft()
            self._writer = None
            return None


def cut(text: str, limit: int) -> str:
    """Return the start of a text, and the number of characters that it lacks."""
    more = len(text) - limit
    return f"{text[:limit]}... ({more} more)" if more > 0 else text


def escape(text: str) -> str:
    """Return a text with unprintable characters escaped, as line breaks are."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def _moment(seconds: float) -> str:
    """Return a time in UTC (RFC 3339), to the millisecond."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _request_id(record: logging.LogRecord) -> str:
    """Return the id of the request that a record is about, if it is about one."""
    return getattr(record, "request_id", "") or REQUEST_ID.get()


def _message(record: logging.LogRecord) -> str:
    """Return the message, with the types of exceptions in place of their texts."""
    if not isinstance(record.args, tuple):
        return record.getMessage()
    arguments = tuple(
        type(value).__name__ if isinstance(value, BaseException) else value
        for value in record.args
    )
    try:
        return str(record.msg) % arguments if arguments else str(record.msg)
    except (TypeError, ValueError):
        return str(record.msg)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif error.__suppress_context__:
            error = error.__cause__
        else:
            error = error.__context__


def _describe(error: BaseException) -> str:
    """Describe where an exception was raised."""
    frames = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    places = [(code.co_filename, line, code.co_name) for code, line in frames]
    return _in_words(type(error).__name__, places)


def _describe_traceback(text: str) -> str:
    """Describe a traceback that a library has formatted as text."""
    frames = list(WRITTEN_FRAME.finditer(text))
    end = frames[-1].end() if frames else len(TRACEBACK)
    kind = WRITTEN_TYPE.search(text, end)
    return _in_words(
        kind[0] if kind else "an exception", [frame.groups() for frame in frames]
    )


def _in_words(kind: str, places: Sequence[tuple[Any, ...]]) -> str:
    """Return a kind of exceptions, and the last places: file, line and function."""
    texts = (
        f"{'/'.join(SEPARATOR.split(file)[-2:])}:{line} {name}"
        for file, line, name in places[: -FRAMES - 1 : -1]
    )
    return " < ".join((kind, *texts))


class CallLines(Observer):
    """An observer that logs a line for each call."""

    def call_ends(self, call: Call) -> None:
        """Log the line of a call."""
        status = "no response" if call.status is None else call.status
        milliseconds = round(call.seconds * 1000, 1)
        members = {
            "adapter": call.adapter,
            "operation": str(call.operation),
            "status": call.status,
            "duration_ms": milliseconds,
            "reason": call.reason,
        }
        words = call.adapter, call.operation, status, milliseconds
        reason = f" ({call.reason})" if call.reason else ""
        LOG.info("%s %s %s %.1f ms%s", *words, reason, extra={"members": members})


class RequestLines(Observer):
    """An observer that logs a line for each request to an upstream.

    Query, headers and body stay out of it, because they may hold credentials.
    """

    def request_ends(self, request: UpstreamRequest) -> None:
        """Log the line of a request; repetitions have lines of their own."""
        status = request.status or request.failure or "no response"
        milliseconds = round(request.seconds * 1000, 1)
        members = {
            "method": request.method,
            "host": request.host,
            "path": request.path,
            "status": request.status,
            "duration_ms": milliseconds,
            "bytes": request.bytes_received,
        }
        place = f"{request.host}{request.path}"
        words = request.method, place, status, milliseconds, request.bytes_received
        UPSTREAM.debug("%s %s %s %.1f ms %d bytes", *words, extra={"members": members})


# --- the audit ------------------------------------------------------------------------

SCHEMA = "naftiko.audit/1"
ON_STANDARD_ERROR = "stderr"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
GATEWAY = frozenset({502, 504})
"""The statuses of a gateway in front of an upstream, which tell nothing of an effect.
"""
FAILED = frozenset({500, 502, 504})
"""The statuses of calls that failed before a request was sent; others were refused."""
REASONS = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    421: "forbidden",
    429: "overload",
    503: "unavailable",
}

NOBODY = Caller()
SHORT = 16
"""The digits of a caller's digest, which tell few keys apart."""
Write = Callable[[bytes], None]


class Audit(Observer):
    """An observer that writes a line for each call that may change state.

    Such is also a search by POST: its spec may be wrong.

    Without a key, lines have no digest of arguments: short secrets could be guessed
    from one that everybody can compute.
    """

    def __init__(
        self, write: Write, capability: str, version: str, key: str = ""
    ) -> None:
        self._write = write
        self._capability = capability
        self._version = version
        self._key = key.encode()

    def call_answers(self, call: Call) -> None:
        """Write the line of a call before its response leaves."""
        if not call.operation.changes and not any(map(_is_change, call.requests)):
            return
        line = json.dumps(self._line(call), ensure_ascii=True).encode() + b"\n"
        try:
            self._write(line)
        except OSError as failure:
            # The call is done: without its response, the client would repeat it.
            fault = failure.strerror or type(failure).__name__
            FAULTS.warn(f"a line of the audit could not be written: {fault}")

    def _line(self, call: Call) -> JsonObject:
        import uuid  # a server may have no audit

        requests = [r for r in call.requests if not r.is_of_credential]
        outcome = outcome_of(call, requests)
        trace, _ = call.trace or (None, None)
        return {
            "schema": SCHEMA,
            "id": str(uuid.uuid4()),
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": REQUEST_ID.get() or None,
            "trace_id": trace,
            "capability": self._capability,
            "version": self._version,
            "adapter": call.adapter,
            "kind": call.kind,
            "operation": str(call.operation),
            "caller": self._caller(call.scope or {}),
            "upstream": list(_by_host(requests)),
            "status": call.status,
            "outcome": outcome,
            "reason": reason_of(call, requests, outcome),
            "duration_ms": round(call.seconds * 1000, 1),
            "arguments_hmac_sha256": self._digest(call.operation.arguments),
        }

    def _caller(self, scope: Mapping[str, Any]) -> JsonObject:
        caller: Caller = scope.get(CALLER, NOBODY)
        address, *_ = scope.get("client") or (None,)
        secret = caller.secret if self._key else None
        return {
            "subject": caller.subject,
            "issuer": caller.issuer,
            "credential_hmac_sha256": secret and self._digest_of(secret)[:SHORT],
            "address": address,
        }

    def _digest(self, arguments: Mapping[str, Any] | None) -> str | None:
        """Return the digest of the arguments, in an order of their own."""
        if not self._key or arguments is None:
            return None
        text = json.dumps(
            arguments, sort_keys=True, separators=(",", ":"), default=_plain
        )
        return self._digest_of(text.encode())

    def _digest_of(self, content: bytes) -> str:
        return hmac.new(self._key, content, sha256).hexdigest()


def outcome_of(call: Call, requests: Iterable[UpstreamRequest]) -> str:
    """Return the outcome of a call: the most that it may have done."""
    changes = [request for request in requests if _is_change(request)]
    status = call.status
    if status is not None and 200 <= status < 400:
        return "done"
    if not all(map(_is_refused, changes)):
        return "may_have_taken_effect"
    if changes:
        return "failed"
    if status is None or call.has_left:
        return "cancelled"
    if status == INTERNAL_ERROR:  # codes of JSON-RPC are negative
        return "refused" if call.cause and call.cause not in FAILED else "failed"
    return "failed" if status in FAILED else "refused"


def _is_change(request: UpstreamRequest) -> bool:
    """Return whether a request was sent by a method that may change state."""
    is_sent = request.times_sent and not request.is_of_credential
    return bool(is_sent) and request.method not in READING


def _is_refused(request: UpstreamRequest) -> bool:
    """Return whether the response to a sent request says that it has no effect."""
    status = request.status
    return status is not None and status >= 400 and status not in GATEWAY


def reason_of(
    call: Call, requests: Iterable[UpstreamRequest], outcome: str
) -> str | None:
    """Return why a call isn't done, or that nobody waited for it."""
    failures = [r.failure for r in requests if r.failure]
    if call.has_left:
        return "client_gone"
    if outcome == "done":
        return None
    if failures:
        return failures[-1]
    if call.fault:
        return "exception"
    if call.status is None:
        return "cancelled"
    return REASONS.get(call.cause or call.status, outcome)


def _by_host(requests: Iterable[UpstreamRequest]) -> Iterable[JsonObject]:
    """Return the requests to each host by each method as one."""
    entries: dict[tuple[str, str, int], JsonObject] = {}
    for request in requests:
        place = {"method": request.method, "host": request.host, "port": request.port}
        sums = {"times_sent": 0, "bytes_sent": 0, "bytes_received": 0}
        key = request.method, request.host, request.port
        entry = entries.setdefault(key, {**place, "status": None, **sums})
        entry["status"] = request.status
        for name in sums:
            entry[name] += getattr(request, name)
    return entries.values()


def _plain(value: Any) -> str:
    """Return bytes as their digest, and another value that isn't JSON as its text."""
    return sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


def open_file(path: Path, creation: int = os.O_CREAT) -> int:
    """Open a file to append to it; a pipe needs somebody who reads."""
    flags = os.O_WRONLY | os.O_APPEND | creation
    if sys.platform == "win32":  # would write other line ends
        return os.open(path, flags | os.O_BINARY, 0o600)
    try:
        # Opening a pipe would wait for somebody who reads.
        descriptor = os.open(path, flags | os.O_NONBLOCK, 0o600)
    except OSError as failure:
        if failure.errno == ENXIO:
            raise OSError(ENXIO, "it is a pipe that nobody reads") from None
        raise
    os.set_blocking(descriptor, True)
    return descriptor


class AppendedFile:
    """A file to which lines are appended, each by one system call.

    So processes can share it. If it is renamed or removed, as by logrotate, the next
    line begins a new one. Raises StartError if it can't be written.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        # Workers share this memory: another one goes on behind a part of a line.
        self._is_torn = mmap.mmap(-1, 1)
        try:
            self._descriptor = open_file(self._path)
        except (OSError, ValueError) as failure:
            fault = getattr(failure, "strerror", None) or "its path isn't valid"
            raise StartError(
                f"can't write the audit to its file: {fault}; name another with "
                "--audit FILE"
            ) from None

    def __call__(self, line: bytes) -> None:
        """Append a line; raises OSError if it can't be written whole."""
        self._follow()
        text = b"\n" + line if self._is_torn[0] else line
        size = os.write(self._descriptor, text)
        self._is_torn[0] = text[size - 1 : size] != b"\n"
        if size < len(text):
            raise OSError("only a part was written")

    def _follow(self) -> None:
        """Open the path anew if it is that of another file; else keep the last one."""
        try:
            if self._is_current():
                return
            before, self._descriptor = self._descriptor, open_file(self._path)
        except OSError as failure:
            fault = f"the file of the audit can't be opened: {failure.strerror}"
            FAULTS.warn(f"{fault}; the last one gets its lines")
        else:
            os.close(before)

    def _is_current(self) -> bool:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(status, os.fstat(self._descriptor))


def writer_to(place: str) -> Write:
    """Return the function that writes lines to a file or to standard error.

    Nobody's calls are answered while a pipe at standard error is full.
    """
    return _write_error if place == ON_STANDARD_ERROR else AppendedFile(place)


def _write_error(line: bytes) -> None:
    rest = line
    while rest:
        rest = rest[os.write(2, rest) :]
