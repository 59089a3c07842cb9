"""Logs calls of upstreams that fail, with the host and the reason.

A line has no part of a URL but the host, no value of a request and no text of a
response.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ..errors import CallError

FAILURES = frozenset({502, 504})
LOG = logging.getLogger(__name__)
HOSTS: ContextVar[dict[str, None] | None] = ContextVar("hosts", default=None)
"""The hosts that a request of a client has called, the last one at the end."""


def note_host(host: str) -> None:
    """Remember that the current request calls a host."""
    hosts = HOSTS.get()
    if hosts is None:
        HOSTS.set({host: None})
    else:
        hosts.pop(host, None)
        hosts[host] = None


@contextmanager
def own_hosts() -> Iterator[None]:
    """Remember the hosts that are called within the context, also in its tasks."""
    token = HOSTS.set({})
    try:
        yield
    finally:
        HOSTS.reset(token)


def log_failure(
    error: CallError, hosts: Iterable[str] | None = None, reason: str = ""
) -> None:
    """Log the failure of a call, by default of the hosts that were called."""
    if error.status in FAILURES:
        named = ", ".join((HOSTS.get() or ()) if hosts is None else hosts)
        why = f"{error.detail} ({reason})" if reason else error.detail
        LOG.warning("a call of %s failed: %s, %s", named, error.status, why)


def log_status(host: str, status: int) -> None:
    """Log a response of a host that says that its own upstream failed."""
    if status in FAILURES:
        LOG.warning("%s answered with the status %s", host, status)
