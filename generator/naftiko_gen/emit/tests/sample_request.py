"""The request of a route's emitted test."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.literals import Code, bare, fill, join, py, py_bytes, url_path
from naftiko_gen.emit.requests.bodies import body_of, callers_media_type, raw_input
from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.emit.samples.samples import Samples


@dataclass(frozen=True)
class SampleRequest:
    """A request to a route with a sample for every input."""

    operation: ir.Route

    def arguments(self) -> Code:
        """Return the arguments of `TestClient.request`."""
        return join(", ", self._arguments())

    def body(self) -> bytes | None:
        """Return the body, with unusual spaces, which show that it is passed on."""
        if self.operation.method == ir.ANY_METHOD:
            return b'{"forwarded" : [1 ,2.5]}'
        raw = raw_input(self.operation.inputs)
        if raw is not None:
            return _raw(str(self._samples.of(raw)), raw)
        body = body_of(self.operation.inputs, self._samples.of)
        if body is None:
            return None
        return json.dumps(body, ensure_ascii=False, separators=(" ,", " : ")).encode()

    @property
    def media_type(self) -> str:
        """Return the media type of the body."""
        return callers_media_type(self.operation)

    @property
    def _samples(self) -> Samples:
        return Samples(self.operation)

    def row(self) -> dict[str, Plain]:
        """Return the arguments as JSON has them; the content must be text."""
        row: dict[str, Plain] = {"method": self.operation.method, "url": self._url()}
        for name, fact in self._facts().items():
            row[name] = fact.decode() if isinstance(fact, bytes) else fact
        return row

    def _arguments(self) -> Iterator[Code]:
        # A route that forwards requests has all methods.
        is_forward = self.operation.method == ir.ANY_METHOD
        yield py("POST" if is_forward else self.operation.method)
        yield py(self._url())
        for name, fact in self._facts().items():
            code = py_bytes(fact) if isinstance(fact, bytes) else py(fact)
            yield fill("{}={}", bare(name), code)

    def _facts(self) -> dict[str, Plain | bytes]:
        """Return the content and the headers, by the names of the arguments."""
        facts: dict[str, Plain | bytes] = {}
        headers, body = dict(self._headers()), self.body()
        if body is not None:
            facts["content"] = body
            headers["Content-Type"] = self.media_type
        if headers:
            facts["headers"] = headers
        return facts

    def _url(self) -> str:
        path = "".join(
            (
                url_path(part)
                if isinstance(part, str)
                else quote(wire_text(self._samples.of(part)), safe="")
            )
            for part in self.operation.route
        )
        query = "&".join(self._pairs())
        return f"{path}?{query}" if query else path

    def _pairs(self) -> Iterator[str]:
        for source in self.operation.inputs:
            if isinstance(source.location, ir.InQuery):
                name, value = quote(source.name, safe=""), self._samples.of(source)
                for item in value if isinstance(value, list) else [value]:
                    yield f"{name}={quote(wire_text(item), safe='')}"

    def _headers(self) -> Iterator[tuple[str, Plain]]:
        for source in self.operation.inputs:
            if isinstance(source.location, ir.InHeader):
                yield source.name, wire_text(self._samples.of(source))
        cookies = [
            f"{source.name}={wire_text(self._samples.of(source))}"
            for source in self.operation.inputs
            if isinstance(source.location, ir.InCookie)
        ]
        if cookies:
            yield "Cookie", "; ".join(cookies)


def _raw(text: str, source: ir.Input) -> bytes:
    is_bytes = isinstance(source.location, ir.InContent)
    return base64.b64decode(text) if is_bytes else text.encode()
