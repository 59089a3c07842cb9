"""The requests that the emitted tests expect: a unit called with samples sends them.

This module reads the IR by itself and shares no function with the emitters of the
client: a mistake of either side makes a test of the package fail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote

from naftiko_gen.emit.literals import url_path
from naftiko_gen.emit.requests.bodies import (
    MULTIPART,
    has_dispensable_body,
    holds_bytes,
)
from naftiko_gen.emit.requests.body_kinds import ExpectedContents
from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.emit.requests.static_credentials import (
    SentCredential,
    changes_body,
    sent_credential,
    with_body_key,
)
from naftiko_gen.emit.requests.styles_expected import (
    encoded,
    styled_field,
    styled_path,
    styled_texts,
    with_reserved_text,
)
from naftiko_gen.emit.requests.template_kinds import ExpectedValues
from naftiko_gen.emit.samples.samples import Samples
from naftiko_gen.ir import (
    Argument,
    ChosenBody,
    InBody,
    Input,
    Parameter,
    Signing,
    StepValue,
    Variable,
    choices,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.requests.body_kinds import ExpectedContent
    from naftiko_gen.ir import (
        Call,
        Exposed,
        Operation,
        SingleBody,
        Template,
        Text,
        Upstream,
    )

    StepPart = Callable[[StepValue], Plain]
    """Returns a part of the answer of a step."""


@dataclass(frozen=True)
class Expectation:
    """A request to the upstream, and whether its body is the client's, unchanged.

    A body is JSON, unless there is other `content`.
    """

    namespace: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: Plain
    passes_through: bool
    content: ExpectedContent | None


def _no_step(value: StepValue) -> Plain:
    raise TypeError(f"only flows can refer to the step {value.step!r}")


def setting_sample(variable: Variable) -> str:
    """Return the value that a variable has in the tests."""
    return f"{variable.name.lower()}-in-tests"


def base_uri_sample(upstream: Upstream) -> str:
    """Return the base URI of an upstream in the tests."""
    return f"https://{quote(upstream.namespace, safe='')}.test/base".lower()


def unit_request(unit: Exposed, call: Call) -> Expectation:
    """Return the request of a unit's only call if every input has its sample."""
    samples = Samples(unit)
    expectation = expected_request(call, partial(template_value, samples=samples))
    return replace(expectation, passes_through=_passes_through(call))


def template_value(
    template: Template, samples: Samples, step_value: StepPart = _no_step
) -> Plain:
    """Return the value of a template of inputs that have their samples."""

    def argument(source: Parameter | Input) -> Plain:
        if isinstance(source, Parameter):
            raise TypeError(f"a call refers to the parameter {source.name!r}")
        return samples.of(source)

    return ExpectedValues(argument, setting_sample, step_value).of(template)


def expected_request(call: Call, value: Callable[[Template], Plain]) -> Expectation:
    """Return the request of a call; `value` returns the value of a template."""
    operation = call.operation
    values = {parameter.name: value(template) for parameter, template in call.arguments}
    encoded_parameters = frozenset(
        parameter.name
        for parameter, template in call.arguments
        if isinstance(template, Argument) and holds_bytes(template.source.type)
    )
    request = _Request(operation, values, encoded_parameters)
    body, content = with_body_key(
        operation.upstream.credential,
        request.body(),
        request.content(),
        _credential_text,
    )
    return Expectation(
        namespace=operation.upstream.namespace,
        method=operation.method,
        url=base_uri_sample(operation.upstream) + request.target(),
        headers=tuple(request.headers()),
        body=body,
        passes_through=False,
        content=content,
    )


def _passes_through(call: Call) -> bool:
    """Return whether the body of the request to the unit is passed on unchanged."""
    if changes_body(call.operation.upstream.credential):
        return False
    body = call.operation.body
    value = dict(call.arguments).get(body.entity) if body and body.entity else None
    match value:
        case Argument(source=Input(location=InBody())):
            return True
        case _:
            return False


def _sent_credential(upstream: Upstream) -> SentCredential:
    """Return the credential of requests; tests set all alternatives: the first wins."""
    if upstream.credential is None:
        return SentCredential()
    first = choices(upstream.credential)[0]
    if isinstance(first, Signing):
        return SentCredential()  # added by the pool, which tests replace
    return sent_credential(first, _credential_text)


@dataclass(frozen=True)
class _Request:
    """The request of an operation, given the values of its parameters."""

    operation: Operation
    values: dict[str, Plain]
    encoded: frozenset[str]

    def target(self) -> str:
        """Return path and query; a credential starts the path or ends the query."""
        credential = _sent_credential(self.operation.upstream)
        path = credential.path + "".join(map(self._path_part, self.operation.path))
        pairs = (*self._query(), *credential.query)
        query = "&".join(f"{encoded(name)}={text}" for name, text in pairs)
        return f"{path}?{query}" if query else path

    def _query(self) -> Iterator[tuple[str, str]]:
        """Yield the names of the query, with encoded values."""
        styles = dict(self.operation.styles)
        for name, template in self.operation.query:
            value = self._value(template)
            is_reserved = name in self.operation.reserved
            encode = with_reserved_text if is_reserved else encoded
            yield from styled_texts(styles.get(name), name, value, encode, encode)

    def headers(self) -> Iterator[tuple[str, str]]:
        """Yield the headers that the spec declares, the credential last."""
        cookies = [f"{name}={text}" for name, text in self._cookies()]
        yield from self._declared_headers()
        if cookies:
            yield "Cookie", "; ".join(cookies)
        yield from _sent_credential(self.operation.upstream).headers

    def _declared_headers(self) -> Iterator[tuple[str, str]]:
        """Yield the declared headers; the type of a multipart body has a boundary."""
        body = self._body
        is_multipart = body is not None and body.media_type == MULTIPART
        for name, text in self._pairs(self.operation.headers):
            is_type = name.lower() == "content-type" and text == MULTIPART
            if not (is_multipart and is_type):
                yield name, text

    @property
    def _body(self) -> SingleBody | None:
        """Return the body, of the chosen kind."""
        match self.operation.body:
            case ChosenBody(choice=choice) as body:
                return body.kind_of(_bare_type(self._value(choice)))
            case body:
                return body

    def _cookies(self) -> Iterator[tuple[str, str]]:
        """Yield the cookies, the credential last."""
        yield from self._pairs(self.operation.cookies)
        yield from _sent_credential(self.operation.upstream).cookies

    def body(self) -> Plain:
        """Return the value of the JSON body."""
        body = self._body
        template = body.json if body else None
        value = self._value(template) if template else None
        return (value or None) if has_dispensable_body(self.operation) else value

    def content(self) -> ExpectedContent | None:
        """Return the body if it isn't JSON."""
        return ExpectedContents(self._value, self.encoded).of(self._body)

    def _path_part(self, part: str | Parameter | Variable) -> str:
        match part:
            case str():
                return url_path(part)
            case Parameter(name=name):
                style = dict(self.operation.path_styles).get(name)
                return styled_path(style, name, self.values[name])
            case Variable():
                return quote(setting_sample(part), safe="")
            case _:
                assert_never(part)

    def _pairs(
        self, pairs: tuple[tuple[str, Template], ...]
    ) -> Iterator[tuple[str, str]]:
        styles = dict(self.operation.header_styles)
        for name, template in pairs:
            value, style = self._value(template), styles.get(name)
            for item in _items(styled_field(style, value) if style else value):
                yield name, wire_text(item)

    def _value(self, template: Template) -> Plain:
        return ExpectedValues(self._argument, setting_sample, _no_step).of(template)

    def _argument(self, source: Parameter | Input) -> Plain:
        return self.values.get(source.name)


def _bare_type(value: Plain) -> str | None:
    return None if value is None else wire_text(value).partition(";")[0].strip().lower()


def _credential_text(text: Text) -> str:
    return wire_text(ExpectedValues(_no_argument, setting_sample, _no_step).of(text))


def _no_argument(source: Parameter | Input) -> Plain:
    raise TypeError(f"a credential refers to the argument {source.name!r}")


def _items(value: Plain) -> list[Plain]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
