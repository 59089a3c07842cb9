"""The request of an emitted test, and the calls of coroutines that it leads to."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.adapters.calls import passes_bytes
from naftiko_gen.emit.code.names import Names
from naftiko_gen.emit.literals import (
    Code,
    array,
    call_of,
    fill,
    join,
    keyword,
    mapping,
    py,
    py_bytes,
    url_path,
    verbatim,
)
from naftiko_gen.emit.requests.bodies import (
    body_of,
    callers_media_type,
    holds_bytes,
    raw_input,
)
from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.emit.samples.samples import Samples
from naftiko_gen.ir import calls


@dataclass(frozen=True)
class SampleRequest:
    """A request to a route with a sample for every input."""

    operation: ir.Route

    def arguments(self) -> Code:
        """Return the arguments of `TestClient.request`."""
        # A route that forwards requests has all methods.
        is_forward = self.operation.method == ir.ANY_METHOD
        method = "POST" if is_forward else self.operation.method
        facts = (keyword(name, _literal(fact)) for name, fact in self._facts().items())
        return join(", ", (py(method), py(self._url()), *facts))

    def body(self) -> bytes | None:
        """Return the body, with unusual spaces, which show that it is passed on."""
        if self.operation.method == ir.ANY_METHOD:
            return b'{"forwarded" : [1 ,2.5]}'
        raw = raw_input(self.operation.inputs)
        if raw is not None:
            text = str(self._samples.of(raw))
            is_bytes = isinstance(raw.location, ir.InContent)
            return base64.b64decode(text) if is_bytes else text.encode()
        body = body_of(self.operation.inputs, self._samples.of)
        if body is None:
            return None
        return json.dumps(body, ensure_ascii=False, separators=(" ,", " : ")).encode()

    @property
    def _samples(self) -> Samples:
        return Samples(self.operation)

    def row(self) -> dict[str, Plain]:
        """Return the arguments as JSON has them; the content must be text."""
        row: dict[str, Plain] = {"method": self.operation.method, "url": self._url()}
        for name, fact in self._facts().items():
            row[name] = fact.decode() if isinstance(fact, bytes) else fact
        return row

    def _facts(self) -> dict[str, Plain | bytes]:
        facts: dict[str, Plain | bytes] = {}
        headers, body = dict(self._headers()), self.body()
        if body is not None:
            facts["content"] = body
            headers["Content-Type"] = callers_media_type(self.operation)
        if headers:
            facts["headers"] = headers
        return facts

    def _url(self) -> str:
        path = ""
        for part in self.operation.route:
            if isinstance(part, str):
                path += url_path(part)
            else:
                path += quote(wire_text(self._samples.of(part)), safe="")
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
        inputs = self.operation.inputs
        cookies = [c for c in inputs if isinstance(c.location, ir.InCookie)]
        if cookies:
            pairs = (f"{c.name}={wire_text(self._samples.of(c))}" for c in cookies)
            yield "Cookie", "; ".join(pairs)


def setting_sample(variable: ir.Variable) -> str:
    """Return the value that a variable has in the tests."""
    return f"{variable.name.lower()}-in-tests"


def base_uri_sample(upstream: ir.Upstream) -> str:
    """Return the base URI of an upstream in the tests."""
    return f"https://{quote(upstream.namespace, safe='')}.test/base".lower()


def template_value(template: ir.Template, samples: Samples) -> Plain:
    """Return the value of a template that refers to no answers of steps."""
    match template:
        case ir.Constant(value=value):
            return value
        case ir.Argument(source=ir.Input() as source):
            return samples.of(source)
        case ir.Setting(variable=variable):
            return setting_sample(variable)
        case ir.Joined(parts=parts):
            values = (
                p if isinstance(p, str) else template_value(p, samples) for p in parts
            )
            return "".join(map(wire_text, values))
        case ir.ObjectTemplate(entries=entries):
            return {key: template_value(value, samples) for key, value in entries}
        case ir.ArrayTemplate(items=items):
            return [template_value(item, samples) for item in items]
        case _:
            raise TypeError(f"the tests don't know the value of {template}")


def _expected_value(template: ir.Template, samples: Samples) -> Code:
    if _is_known(template):
        return py(template_value(template, samples))
    match template:
        case ir.ObjectTemplate(entries=entries):
            return mapping((key, _expected_value(v, samples)) for key, v in entries)
        case ir.ArrayTemplate(items=items):
            return array(_expected_value(item, samples) for item in items)
        case _:
            return verbatim("ANY")


def expected_answer(answer: ir.Mapped | ir.LastResponse, samples: Samples) -> Code:
    """Return the answer of steps, in which values of their responses are `ANY`."""
    match answer:
        case ir.Mapped(template=template):
            return _expected_value(template, samples)
        case ir.LastResponse(output=output):
            return _expected_output(output)
        case _:
            assert_never(answer)


def _expected_output(output: ir.Projection) -> Code:
    if isinstance(output, ir.Shape) and not output.path:
        return mapping((key, _expected_output(m)) for key, m in output.members)
    return verbatim("ANY")


def _is_known(template: ir.Template) -> bool:
    """Return whether the tests know a value, or how the client writes it."""
    unknown = ir.StepValue | ir.GraphQL
    return not any(isinstance(part, unknown) for part in ir.walk(template))


@dataclass(frozen=True)
class ExpectedCalls:
    """The calls of a unit."""

    unit: ir.Exposed
    names: Names

    @property
    def request(self) -> SampleRequest | None:
        """Return the request to a route."""
        return SampleRequest(self.unit) if isinstance(self.unit, ir.Route) else None

    def code(self) -> Code:
        """Return the calls in the order in which the unit makes them."""
        match self.unit.implementation:
            case ir.ProjectedCall(call=call):
                return array([self._call(call)])
            case ir.Flow(groups=groups):
                steps = [step for group in groups for step in group]
                calls = [s.call for s in steps if isinstance(s, ir.CallStep)]
                return array(map(self._call, calls))
            case ir.Forward() as forward:
                return self._forward_call(forward)
            case _:
                assert_never(self.unit.implementation)

    def row(self) -> list[Plain] | None:
        """Return the only call as JSON has it, None if JSON can't represent it."""
        [call] = calls(self.unit.implementation)
        values: dict[str, Plain] = {}
        for name, value in self._values(call):
            if isinstance(value, Code):
                return None
            values[name] = value.decode() if isinstance(value, bytes) else value
        return [str(self.names.operation(call.operation)), values]

    def _call(self, call: ir.Call) -> Code:
        values = {name: _literal(value) for name, value in self._values(call)}
        coroutine = py(str(self.names.operation(call.operation)))
        return fill("({}, {})", coroutine, mapping(values.items()))

    def _values(self, call: ir.Call) -> Iterator[tuple[str, Plain | bytes | Code]]:
        names = self.names.parameters(call.operation)
        for parameter, template in call.arguments:
            yield str(names[parameter]), self._value(call, parameter, template)

    def _value(
        self, call: ir.Call, parameter: ir.Parameter, template: ir.Template
    ) -> Plain | bytes | Code:
        samples = Samples(self.unit)
        match template:
            case ir.Argument(source=ir.Input(location=ir.InContent())) if self.request:
                kind = callers_media_type(self.request.operation)
                data = py_bytes(self.request.body() or b"")
                return call_of("Content", data, py(kind))
            case ir.Argument(source=ir.Input() as source) if self.request and (
                passes_bytes(call, parameter, source)
            ):
                return self.request.body() or b""
            case ir.Argument(source=ir.Input() as source) if holds_bytes(source.type):
                return _bytes(samples.of(source))
            case _ if _is_known(template):
                return template_value(template, samples)
            case _:
                return _expected_value(template, samples)

    def _forward_call(self, forward: ir.Forward) -> Code:
        tail = Samples(self.unit).of(forward.tail) if forward.tail else None
        path = "" if tail is None else f"/{quote(str(tail), safe='')}"
        texts: Plain = {"method": "POST", "path": path, "query": ""}
        coroutine = py(str(self.names.forward(forward.upstream)))
        return fill("[({}, {})]", coroutine, py(texts))


def _literal(value: Plain | bytes | Code) -> Code:
    match value:
        case Code():
            return value
        case bytes():
            return py_bytes(value)
        case _:
            return py(value)


def _bytes(sample: Plain) -> Code:
    """Return the bytes that a text has in base64, or each text of a list."""
    if isinstance(sample, list):
        return array(map(_bytes, sample))
    return py_bytes(base64.b64decode(str(sample)))
