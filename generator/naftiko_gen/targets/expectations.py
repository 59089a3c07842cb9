"""What an upstream receives from a unit that is given samples: the emitted tests' side.

It reads the IR by itself and shares nothing with the emitters of the client, so that a
mistake in one of them shows as a failing test of the package.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote

from naftiko_gen.ir import (
    Argument,
    ArrayTemplate,
    Basic,
    Bearer,
    BodyTemplate,
    Constant,
    Entity,
    HeaderKey,
    InBody,
    InHeader,
    Joined,
    ObjectTemplate,
    Parameter,
    Primitive,
    QueryKey,
    Setting,
)
from naftiko_gen.literals import url_path
from naftiko_gen.targets.samples import sample

if TYPE_CHECKING:
    from naftiko_gen.ir import (
        Call,
        Input,
        Operation,
        Template,
        Text,
        Upstream,
        Variable,
    )
    from naftiko_gen.tree import Plain


@dataclass(frozen=True)
class Expectation:
    """A request as it reaches the upstream, and whether its body is a copy of ours."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: Plain
    passes_through: bool


def setting_sample(name: str) -> str:
    """Return the value that a variable has in the tests."""
    return f"{name.lower()}-in-tests"


def base_uri_sample(upstream: Upstream) -> str:
    """Return where an upstream lives in the tests."""
    return f"https://{quote(upstream.namespace, safe='')}.test/base".lower()


def input_sample(source: Input) -> Plain:
    """Return what a unit is given for an input; a header holds plain ASCII."""
    if isinstance(source.location, InHeader) and source.type is Primitive.STRING:
        return f"{source.name} 1"
    if isinstance(source.location, InBody) and source.type is Primitive.STRING:
        return "text"
    return sample(source.type, source.name)


def expectation(call: Call) -> Expectation:
    """Return the request that a call leads to when every input has its sample."""
    operation = call.operation
    given = {
        parameter.name: _value(template, {}) for parameter, template in call.arguments
    }
    return Expectation(
        method=operation.method,
        url=base_uri_sample(operation.upstream) + _target(operation, given),
        headers=_headers(operation, given),
        body=_body(operation, given),
        passes_through=_passes_through(call),
    )


def _passes_through(call: Call) -> bool:
    body = call.operation.body
    return any(
        isinstance(body, Entity)
        and parameter == body.parameter
        and isinstance(template, Argument)
        and not isinstance(template.source, Parameter)
        and isinstance(template.source.location, InBody)
        for parameter, template in call.arguments
    )


def _target(operation: Operation, given: dict[str, Plain]) -> str:
    path = "".join(_path_part(part, given) for part in operation.path)
    pairs = [
        (name, item)
        for name, template in operation.query
        for item in _items(_value(template, given))
    ]
    if isinstance(operation.upstream.credential, QueryKey):
        key = operation.upstream.credential
        pairs.append((key.name, _credential_text(key.value)))
    query = "&".join(
        f"{quote(n, safe='')}={quote(wire_text(v), safe='')}" for n, v in pairs
    )
    return f"{path}?{query}" if query else path


def _path_part(part: str | Parameter | Variable, given: dict[str, Plain]) -> str:
    match part:
        case str():
            return url_path(part)
        case Parameter(name=name):
            return quote(wire_text(given[name]), safe="")
        case _:
            return quote(setting_sample(part.name), safe="")


def _headers(
    operation: Operation, given: dict[str, Plain]
) -> tuple[tuple[str, str], ...]:
    """Return the headers that the document causes, the credential last."""
    fields = [
        (name, wire_text(item))
        for name, template in operation.headers
        for item in _items(_value(template, given))
    ]
    match operation.upstream.credential:
        case Bearer(token=token):
            fields.append(("Authorization", f"Bearer {_credential_text(token)}"))
        case Basic(username=username, password=password):
            pair = f"{_credential_text(username)}:{_credential_text(password)}"
            encoded = base64.b64encode(pair.encode()).decode()
            fields.append(("Authorization", f"Basic {encoded}"))
        case HeaderKey(name=name, value=value):
            fields.append((name, _credential_text(value)))
        case QueryKey() | None:
            pass
        case _:
            assert_never(operation.upstream.credential)
    return tuple(fields)


def _body(operation: Operation, given: dict[str, Plain]) -> Plain:
    match operation.body:
        case Entity(parameter=parameter):
            return given.get(parameter.name)
        case BodyTemplate(template=template):
            return _value(template, given)
        case None:
            return None
        case _:
            assert_never(operation.body)


def _value(template: Template, given: dict[str, Plain]) -> Plain:
    """Return a template's value; an absent one is None, and left out of objects."""
    match template:
        case Constant(value=value):
            return value
        case Argument(source=source):
            if isinstance(source, Parameter):
                return given.get(source.name)
            return input_sample(source)
        case Setting(variable=variable):
            return setting_sample(variable.name)
        case Joined(parts=parts):
            pieces = [p if isinstance(p, str) else _value(p, given) for p in parts]
            return None if None in pieces else "".join(map(wire_text, pieces))
        case ObjectTemplate(entries=entries):
            members = {key: _value(value, given) for key, value in entries}
            kept = {k for k, v in entries if isinstance(v, Constant)}
            return {k: v for k, v in members.items() if v is not None or k in kept}
        case ArrayTemplate(items=items):
            return [_value(item, given) for item in items]
        case _:
            assert_never(template)


def _credential_text(text: Text) -> str:
    return wire_text(_value(text, {}))


def _items(value: Plain) -> list[Plain]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def wire_text(value: Plain) -> str:
    """Return a value as it stands in an URL or a header."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
