"""A plugin of pytest that writes the requests of a package's own tests to a file.

The variable SENT_REQUESTS names the file. Random boundaries of multipart bodies are
replaced.
"""

import functools
import os
import re
import sys
from pathlib import Path
from typing import Any

FILE = "SENT_REQUESTS"
USUAL = frozenset({"accept", "accept-encoding", "user-agent"})
BOUNDARY = re.compile(r"(?<=boundary=)\S+")
REQUESTS: list[str] = []


def pytest_collection_finish() -> None:
    """Log the requests of all mock upstreams."""
    for name, module in [*sys.modules.items()]:
        if name.endswith("_runtime.testing"):
            kind = module.MockUpstream
            kind.__call__ = log_requests(kind.__call__)


def pytest_sessionfinish() -> None:
    """Write the requests in the order of their tests' names."""
    text = "\n".join(sorted(REQUESTS))
    Path(os.environ[FILE]).write_text(text, encoding="utf-8")


def log_requests(send: Any) -> Any:
    """Return a function that logs requests before it sends them."""

    @functools.wraps(send)
    async def logging(mock: Any, *request: Any) -> Any:
        REQUESTS.append(show_request(*request))
        return await send(mock, *request)

    return logging


def show_request(method: str, url: str, headers: Any, body: Any) -> str:
    """Return a request as lines, below the name of the test that sends it."""
    test = os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].rpartition(" ")[0]
    pairs = [f"{k}: {v!r}" for k, v in headers if k.lower() not in USUAL]
    parts = (body or b"").splitlines(keepends=True) if isinstance(body, bytes) else []
    text = "\n  ".join([f"{method} {url}", *pairs, *map(repr, parts)])
    if boundary := BOUNDARY.search(" ".join(pairs)):
        text = text.replace(boundary[0].strip("'"), "…")
    return f"{test}\n  {text}\n"
