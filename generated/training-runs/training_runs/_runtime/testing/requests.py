"""The requests that a mock upstream receives, and those that a test expects."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import ndiff

from ..transport import Headers

BOUNDARY = "boundary"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it would have been sent to the upstream."""

    method: str
    url: str
    headers: Headers
    body: bytes | None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, ignoring case, or None."""
        values = (v for k, v in self.headers if k.lower() == name.lower())
        return next(values, None)


@dataclass(frozen=True, slots=True)
class Expected:
    """A request that a test expects: its body is `body`, JSON equal to `json`, or none.

    A request may have other headers.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    json: object

    def difference(self, sent: Sent) -> str:
        """Return the differences of a request line by line, or "" without any."""
        expected = list(self._lines())
        received = list(self._lines_of(_with_constant_boundary(sent)))
        if expected == received:
            return ""
        return "\n".join(map(str.rstrip, ndiff(expected, received)))

    def _lines(self) -> Iterator[str]:
        yield f"{self.method} {self.url}"
        for name, value in self.headers.items():
            yield f"{name}: {value!r}"
        if self.json is None:
            yield from _byte_lines(self.body)
        else:
            yield from _json_lines(self.json)

    def _lines_of(self, sent: Sent) -> Iterator[str]:
        """Yield the lines of a request, without headers that the test doesn't name."""
        yield f"{sent.method} {sent.url}"
        for name in self.headers:
            yield f"{name}: {sent.header(name)!r}"
        try:
            if self.json is None or sent.body is None:
                yield from _byte_lines(sent.body)
            else:
                yield from _json_lines(json.loads(sent.body))
        except ValueError:
            yield from _byte_lines(sent.body)


def _with_constant_boundary(sent: Sent) -> Sent:
    """Replace the boundary of a multipart body, which is random."""
    media_type = sent.header("Content-Type") or ""
    _, _, boundary = media_type.partition("; boundary=")
    if not boundary or sent.body is None:
        return sent
    headers = tuple((k, v.replace(boundary, BOUNDARY)) for k, v in sent.headers)
    body = sent.body.replace(boundary.encode(), BOUNDARY.encode())
    return replace(sent, headers=headers, body=body)


def _byte_lines(body: bytes | None) -> Iterator[str]:
    if body is None:
        yield "(no body)"
    else:
        yield from map(repr, body.splitlines(keepends=True) or [body])


def _json_lines(value: object) -> list[str]:
    """Return the lines of a value, in which 1, 1.0 and true differ."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return text.split("\n")
