"""The emitted tests of forwards: a request, and its copy at the upstream."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from naftiko_gen.emit.literals import Code, fill, join, py, py_bytes, url_path
from naftiko_gen.emit.requests.static_credentials import changes_body
from naftiko_gen.emit.samples.samples import Samples
from naftiko_gen.emit.tests.expectations import expected_request, template_value
from naftiko_gen.ir import (
    Argument,
    Call,
    Operation,
    Parameter,
    Place,
    Primitive,
)

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.tests.expectations import Expectation
    from naftiko_gen.ir import Forward, Route, Template

_METHOD = "POST"
_DOCUMENT: dict[str, Plain] = {"forwarded": [1, 2.5]}
_MEDIA_TYPE = "application/json; profile=forwarded"


@dataclass(frozen=True)
class ForwardTest:
    """A request to a route that forwards, with a sample for each variable."""

    route: Route
    forward: Forward

    @property
    def body(self) -> bytes:
        """Return the body, with unusual spaces, which show that it is passed on."""
        return json.dumps(_DOCUMENT, separators=(" ,", " : ")).encode()

    def call(self) -> Code:
        """Return the arguments of `TestClient.request`."""
        samples = Samples(self.route)
        url = "".join(
            (
                url_path(part)
                if isinstance(part, str)
                else quote(str(samples.of(part)), safe="")
            )
            for part in self.route.route
        )
        headers: Plain = {**self._trusted, "Content-Type": _MEDIA_TYPE}
        content = fill("content={}", py_bytes(self.body))
        headers_argument = fill("headers={}", py(headers))
        return join(", ", (py(_METHOD), py(url), content, headers_argument))

    def expectation(self) -> Expectation:
        """Return the request that the upstream receives."""
        upstream = self.forward.upstream
        request = expected_request(self._call(), self._value)
        is_changed = changes_body(upstream.credential)
        members = request.body if isinstance(request.body, dict) else {}
        headers = (*self._trusted.items(), ("Content-Type", _MEDIA_TYPE))
        return replace(
            request,
            headers=(*headers, *request.headers),
            body={**_DOCUMENT, **members},
            passes_through=not is_changed,
        )

    @property
    def _trusted(self) -> dict[str, str]:
        return {name: f"{name} 1" for name in self.forward.trusted}

    def _call(self) -> Call:
        """Return the call of an operation with the same request."""
        forward = self.forward
        tail = Parameter("path", Place.PATH, Primitive.STRING, required=True)
        parts = ("/", tail) if forward.tail else ()
        operation = Operation(
            "forward",
            forward.upstream,
            _METHOD,
            parts,
            (tail,),
            forward.query,
            forward.headers,
            cookies=forward.cookies,
        )
        arguments = ((tail, Argument(forward.tail)),) if forward.tail else ()
        return Call(operation, arguments)

    def _value(self, template: Template) -> Plain:
        return template_value(template, Samples(self.route))
