"""HTTP requests as a server hands them to an application, and the answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import repeat
from typing import Any

from starlette.types import Message

Fields = tuple[tuple[bytes, bytes], ...]

PORT = 9099
UNDIVIDED = 1 << 30


class Ending(Enum):
    """The end of a body after its bytes."""

    COMPLETE = "It was all."
    GONE = "There was to be more, but the caller is gone."
    SILENT = "There is to be more, but nothing comes."


class NothingComesError(Exception):
    """An application waits for more of a body than it needs."""


@dataclass(frozen=True)
class Request:
    """An HTTP request, as a server hands it to an application."""

    fields: Fields
    body: bytes
    method: str = "POST"
    path: str = "/mcp"
    protocol: str = "http"
    piece: int = UNDIVIDED
    """How many bytes of the body arrive at once."""
    ending: Ending = Ending.COMPLETE

    @property
    def scope(self) -> dict[str, Any]:
        method = {"method": self.method} if self.protocol == "http" else {}
        return {
            **method,
            "type": self.protocol,
            "http_version": "1.1",
            "scheme": "http",
            "path": self.path,
            "query_string": b"",
            "root_path": "",
            "headers": list(self.fields),
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", PORT),
        }

    def messages(self) -> Iterator[Message]:
        starts = range(0, max(len(self.body), 1), self.piece)
        for start in starts:
            yield {
                "type": "http.request",
                "body": self.body[start : start + self.piece],
                "more_body": start != starts[-1] or self.ending != Ending.COMPLETE,
            }
        if self.ending != Ending.SILENT:
            yield from repeat({"type": "http.disconnect"}, 9)
        raise NothingComesError


@dataclass(frozen=True)
class Answer:
    """A response, with normalised JSON, and the requests to the upstream."""

    status: int
    body: str
    sent: tuple[Any, ...]
    raw: bytes = field(default=b"", compare=False)
    """The body as it came."""
