"""The arguments of `assert_received` for the request that a unit sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import Code, bare, fill, join, py, py_bytes
from naftiko_gen.emit.requests.bodies import MULTIPART
from naftiko_gen.emit.requests.body_kinds import BOUNDARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.requests.body_kinds import ExpectedContent
    from naftiko_gen.emit.tests.expectations import Expectation
    from naftiko_gen.emit.tests.signatures import Signatures

    Facts = dict[str, Plain | bytes]


@dataclass(frozen=True)
class ReceivedRequests:
    """Expected requests as code."""

    signed: Signatures

    def arguments(self, expectation: Expectation, body: bytes | None = None) -> Code:
        """Return the arguments; `body` is the body of the request to the unit."""
        return join(", ", self._arguments(expectation, body))

    def row(
        self, expectation: Expectation, body: bytes | None
    ) -> dict[str, Plain] | None:
        """Return the arguments as JSON, None if it can't represent them."""
        if self._signature(expectation):
            return None
        facts: Facts = {"method": expectation.method, "url": expectation.url}
        if headers := _headers(expectation):
            facts["headers"] = headers
        return as_row({**facts, **_body(expectation, body)})

    def _arguments(
        self, expectation: Expectation, body: bytes | None
    ) -> Iterator[Code]:
        yield py(expectation.method)
        yield py(expectation.url)
        headers = {name: py(text) for name, text in _headers(expectation).items()}
        if scheme := self._signature(expectation):
            headers["Authorization"] = fill("Prefix({})", py(f"{scheme} "))
        if headers:
            pairs = [fill("{}: {}", py(name), value) for name, value in headers.items()]
            yield fill("headers={{{}}}", join(", ", pairs))
        for name, fact in _body(expectation, body).items():
            code = _byte_rows(fact) if isinstance(fact, bytes) else py(fact)
            yield fill("{}={}", bare(name), code)

    def _signature(self, expectation: Expectation) -> str | None:
        """Return the scheme of a request's signature, which varies, if it has one."""
        is_declared = "authorization" in _names(expectation)
        return None if is_declared else self.signed.schemes.get(expectation.namespace)


def as_row(facts: Facts) -> dict[str, Plain] | None:
    """Return facts as JSON, which has text for bytes; None if some are none."""
    try:
        return {
            name: fact.decode() if isinstance(fact, bytes) else fact
            for name, fact in facts.items()
        }
    except UnicodeDecodeError:
        return None


def _body(expectation: Expectation, body: bytes | None) -> Facts:
    """Return the argument of the body, by its name."""
    if expectation.content is not None:
        return {"body": expectation.content.data}
    if expectation.body is None:
        return {}
    if expectation.passes_through and body is not None:
        return {"body": body}
    return {"json": expectation.body}


def _names(expectation: Expectation) -> set[str]:
    return {name.lower() for name, _ in expectation.headers}


def _headers(expectation: Expectation) -> dict[str, Plain]:
    headers: dict[str, Plain] = dict(expectation.headers)
    # A header in the spec overrides the media type of the body.
    if expectation.content is not None and "content-type" not in _names(expectation):
        headers["Content-Type"] = _content_type(expectation.content)
    return headers


def _content_type(content: ExpectedContent) -> str:
    is_multipart = content.media_type == MULTIPART
    return f"{MULTIPART}; boundary={BOUNDARY}" if is_multipart else content.media_type


def _byte_rows(data: bytes) -> Code:
    """Return a literal, or one for each line of a multipart body in parentheses."""
    rows = data.splitlines(keepends=True)
    if not data.startswith(f"--{BOUNDARY}".encode()) or len(rows) < 2:
        return py_bytes(data)
    return fill("(\n{}\n)", join("\n", map(py_bytes, rows)))
