"""The ids of requests, by which clients, proxies and log lines name them."""

import os
import re
from collections.abc import Iterable
from contextvars import ContextVar

NAME = b"x-request-id"
IDENTITY = "naftiko.request_id"
"""A key of ASGI scopes: the id of the request, which the server sends back."""
VALID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the current request, empty outside of one and on standard input."""


def request_id(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the id that a client or proxy has given, or a new one.

    Names of headers are in lower case. Another text than a short word could forge lines
    of the log.
    """
    sent = dict(headers).get(NAME, b"").strip(b" \t")
    return sent if VALID.fullmatch(sent) else os.urandom(16).hex().encode()
