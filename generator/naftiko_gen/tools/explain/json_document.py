"""An explanation as JSON; its shape is described in docs/explain.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.diagnostics.reporting import json_object
from naftiko_gen.tools.explain.explanation import (
    Absent,
    Answer,
    Credential,
    Explanation,
    Fixed,
    FixedMember,
    FromInput,
    FromVariable,
    Input,
    Member,
    Request,
    Route,
    Sent,
    Shaped,
    Source,
    Text,
    Tool,
    Unchanged,
    Unit,
    Upstream,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Diagnostic

VERSION = 1
"""Changes when a key goes or means something else; new keys may come without it."""

Json = dict[str, object]


def json_text(explanations: Iterable[Explanation]) -> str:
    """Return one JSON object, in ASCII."""
    specs = [_explanation(each) for each in explanations]
    return json.dumps({"version": VERSION, "specs": specs}, indent=2) + "\n"


def _explanation(each: Explanation) -> Json:
    return {
        "spec": each.spec,
        "package": each.package,
        "label": each.label,
        "upstreams": [_upstream(one) for one in each.upstreams],
        "units": [_unit(one) for one in each.units],
        "assumptions": _assumptions(each.assumptions),
    }


def _upstream(one: Upstream) -> Json:
    return {
        "namespace": one.namespace,
        "baseUri": one.base_uri,
        "baseUriVariable": one.variable,
        "credential": _credential(one.credential),
        "assumptions": _assumptions(one.assumptions),
    }


def _unit(one: Unit) -> Json:
    return {
        **_exposed(one.exposed),
        "name": one.name,
        "adapter": one.adapter,
        "description": one.description,
        "inputs": [_input(each) for each in one.inputs],
        "request": _request(one.request),
        "answer": _answer(one.answer),
        "assumptions": _assumptions(one.assumptions),
    }


def _exposed(exposed: Route | Tool) -> Json:
    match exposed:
        case Route(method=method, path=path):
            return {"kind": "route", "method": method, "path": path}
        case Tool():
            return {"kind": "tool"}
        case _:
            assert_never(exposed)


def _input(one: Input) -> Json:
    return {
        "name": one.name,
        "place": one.place,
        "pointer": one.pointer,
        "type": one.type,
        "required": one.required,
        "description": one.description,
    }


def _request(one: Request) -> Json:
    has_body = one.body is not None
    return {
        "upstream": one.upstream,
        "operation": one.operation,
        "method": one.method,
        "url": one.url,
        "sent": [_sent(each) for each in one.sent],
        "body": {"kind": one.body, "mediaType": one.media_type} if has_body else None,
        "credential": _credential(one.credential),
    }


def _sent(one: Sent) -> Json:
    return {
        "place": one.place,
        "name": one.name,
        "pointer": one.pointer,
        "parameters": list(one.parameters),
        "source": _source(one.source),
    }


def _source(source: Source) -> Json:
    match source:
        case FromInput(name=name, required=required):
            return {"kind": "input", "name": name, "required": required}
        case FromVariable(name=name, secret=secret):
            return {"kind": "variable", "name": name, "secret": secret}
        case Fixed(value=value):
            return {"kind": "constant", "value": value}
        case Text(parts=parts):
            pieces = [p if isinstance(p, str) else _source(p) for p in parts]
            return {"kind": "text", "parts": pieces}
        case Absent():
            return {"kind": "absent"}
        case _:
            assert_never(source)


def _answer(answer: Answer) -> Json:
    match answer:
        case Unchanged():
            return {"kind": "unchanged"}
        case Shaped(members=members):
            return {"kind": "shaped", "members": [_member(one) for one in members]}
        case _:
            assert_never(answer)


def _member(member: Member | FixedMember) -> Json:
    match member:
        case Member(pointer=pointer, path=path, type=type_):
            return {"pointer": pointer, "path": path, "type": type_}
        case FixedMember(pointer=pointer, value=value):
            return {"pointer": pointer, "value": value}
        case _:
            assert_never(member)


def _credential(held: Credential | None) -> Json | None:
    if held is None:
        return None
    others = [_credential(one) for one in held.alternatives]
    return {
        "kind": held.kind,
        "sent": list(held.sent),
        "variables": list(held.variables),
        **({"alternatives": others} if others else {}),
    }


def _assumptions(assumptions: Iterable[Diagnostic]) -> list[Json]:
    return [{**json_object(found)} for found in assumptions]
