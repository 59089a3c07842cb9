"""The audit: a line of JSON for each call that may change state.

`docs/operating.md` explains the members, and `docs/audit.schema.json` is their
schema. A line has no value of a client, but the digest of the arguments if there is a
key for it.
"""

import hmac
import json
import logging
import mmap
import os
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from errno import ENXIO
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import FAULTS, StartError
from ..values import JsonObject
from .calls import (
    CALLER,
    INTERNAL_ERROR,
    REQUEST_ID,
    Call,
    Caller,
    Observer,
    UpstreamRequest,
)

SCHEMA = "naftiko.audit/1"
STANDARD_ERROR = "stderr"
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
LOG = logging.getLogger(__name__)
Write = Callable[[bytes], None]


class Audit(Observer):
    """An observer that writes a line for each call that may change state.

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
        if not call.operation.changes:
            return
        line = json.dumps(self._line(call), ensure_ascii=True).encode() + b"\n"
        try:
            self._write(line)
        except OSError as failure:
            # The call is done: without its response, the client would repeat it.
            fault = failure.strerror or type(failure).__name__
            FAULTS.warn(f"a line of the audit could not be written: {fault}")

    def _line(self, call: Call) -> JsonObject:
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
    changes = [r for r in requests if r.times_sent and r.method not in READING]
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
    return _write_error if place == STANDARD_ERROR else AppendedFile(place)


def _write_error(line: bytes) -> None:
    rest = line
    while rest:
        rest = rest[os.write(2, rest) :]
