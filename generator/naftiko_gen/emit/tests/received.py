"""The arguments of `assert_received` for the request that a unit sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import Code, fill, join, py, py_bytes
from naftiko_gen.emit.requests.bodies import MULTIPART
from naftiko_gen.emit.requests.body_kinds import BOUNDARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.requests.body_kinds import ExpectedContent
    from naftiko_gen.emit.tests.expectations import Expectation
    from naftiko_gen.emit.tests.signatures import Signatures


@dataclass(frozen=True)
class ReceivedRequests:
    """Expected requests as code."""

    signed: Signatures

    def arguments(self, expectation: Expectation, body: bytes | None = None) -> Code:
        """Return the arguments; `body` is the body of the request to the unit."""
        return join(", ", self._arguments(expectation, body))

    def _arguments(
        self, expectation: Expectation, body: bytes | None
    ) -> Iterator[Code]:
        yield py(expectation.method)
        yield py(expectation.url)
        if headers := self._headers(expectation):
            pairs = [fill("{}: {}", py(name), value) for name, value in headers.items()]
            yield fill("headers={{{}}}", join(", ", pairs))
        yield from _body_argument(expectation, body)

    def _headers(self, expectation: Expectation) -> dict[str, Code]:
        headers = {name: py(value) for name, value in expectation.headers}
        names = {name.lower() for name in headers}
        scheme = self.signed.schemes.get(expectation.namespace)
        if scheme and "authorization" not in names:
            # The signature varies.
            headers["Authorization"] = fill("Prefix({})", py(f"{scheme} "))
        # A header in the spec overrides the media type of the body.
        if expectation.content is not None and "content-type" not in names:
            headers["Content-Type"] = py(_content_type(expectation.content))
        return headers


def _body_argument(expectation: Expectation, body: bytes | None) -> Iterator[Code]:
    if expectation.content is not None:
        yield fill("body={}", _byte_rows(expectation.content.data))
    elif expectation.body is None:
        pass  # there is no body
    elif expectation.passes_through and body is not None:
        yield fill("body={}", py_bytes(body))
    else:
        yield fill("json={}", py(expectation.body))


def _content_type(content: ExpectedContent) -> str:
    is_multipart = content.media_type == MULTIPART
    return f"{MULTIPART}; boundary={BOUNDARY}" if is_multipart else content.media_type


def _byte_rows(data: bytes) -> Code:
    """Return a literal, or one for each line of a multipart body in parentheses."""
    rows = data.splitlines(keepends=True)
    if not data.startswith(f"--{BOUNDARY}".encode()) or len(rows) < 2:
        return py_bytes(data)
    return fill("(\n{}\n)", join("\n", map(py_bytes, rows)))
