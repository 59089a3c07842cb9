"""An explanation as JSON; its shape is described in docs/explain.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.diagnostics.rendering import json_object
from naftiko_gen.tools.explain.explanation import (
    Absent,
    Answer,
    CalledStep,
    Credential,
    Example,
    Explanation,
    Exposed,
    File,
    Fixed,
    FixedMember,
    FromInput,
    FromStep,
    FromVariable,
    Input,
    Lookup,
    Member,
    Prompt,
    Request,
    Resource,
    Route,
    ScriptRun,
    SentBody,
    SentValue,
    Shaped,
    Source,
    Step,
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
"""Incremented when a key is removed or changes its meaning, not for new keys."""

Json = dict[str, object]


def json_text(explanations: Iterable[Explanation]) -> str:
    """Return all explanations as one JSON object, in ASCII."""
    specs = list(map(_explanation, explanations))
    return json.dumps({"version": VERSION, "specs": specs}, indent=2) + "\n"


def _explanation(explanation: Explanation) -> Json:
    return {
        "spec": explanation.spec,
        "package": explanation.package,
        "label": explanation.label,
        "upstreams": list(map(_upstream, explanation.upstreams)),
        "units": list(map(_unit, explanation.units)),
        "assumptions": _assumptions(explanation.assumptions),
        **_contents(explanation),
    }


def _contents(explanation: Explanation) -> Json:
    """Return the files and prompts, each if there are any."""
    files = [_file(file) for file in explanation.files]
    prompts = [_prompt(prompt) for prompt in explanation.prompts]
    return {
        **({"files": files} if files else {}),
        **({"prompts": prompts} if prompts else {}),
    }


def _file(file: File) -> Json:
    return {
        "uri": file.uri,
        "adapter": file.adapter,
        "mediaType": file.media_type,
        "size": file.size,
    }


def _prompt(prompt: Prompt) -> Json:
    return {
        "name": prompt.name,
        "adapter": prompt.adapter,
        "description": prompt.description,
        "arguments": list(map(_input, prompt.arguments)),
    }


def _upstream(upstream: Upstream) -> Json:
    return {
        "namespace": upstream.namespace,
        "baseUri": upstream.base_uri,
        "baseUriVariable": upstream.variable,
        "credential": _credential(upstream.credential),
        "assumptions": _assumptions(upstream.assumptions),
    }


def _unit(unit: Unit) -> Json:
    return {
        **_identify(unit.exposed),
        "name": unit.name,
        "adapter": unit.adapter,
        **({"clients": _credential(unit.clients)} if unit.clients else {}),
        "description": unit.description,
        "inputs": list(map(_input, unit.inputs)),
        "request": _request(unit.request) if unit.request else None,
        **({"steps": list(map(_step, unit.steps))} if unit.steps else {}),
        "answer": _answer(unit.answer),
        "assumptions": _assumptions(unit.assumptions),
    }


def _identify(unit: Exposed) -> Json:
    match unit:
        case Route(method=method, path=path):
            return {"kind": unit.noun, "method": method, "path": path}
        case Tool():
            return {"kind": unit.noun}
        case Resource(title=uri):
            return {"kind": unit.noun, "uri": uri}
        case _:
            assert_never(unit)


def _input(source: Input) -> Json:
    return {
        "name": source.name,
        "place": source.place,
        "pointer": source.pointer,
        "type": source.type,
        "required": source.required,
        "description": source.description,
    }


def _step(step: Step) -> Json:
    match step:
        case CalledStep(name=name, group=group, request=request):
            return {
                "kind": "call",
                "name": name,
                "group": group,
                "request": _request(request),
            }
        case Lookup(name=name, group=group):
            return {
                "kind": "lookup",
                "name": name,
                "group": group,
                "index": _source(step.index),
                "key": step.key,
                "wanted": _source(step.wanted),
                "fields": list(step.fields),
            }
        case ScriptRun(name=name, group=group, files=files):
            return {
                "kind": "script",
                "name": name,
                "group": group,
                "files": list(files),
            }
        case _:
            assert_never(step)


def _request(request: Request) -> Json:
    return {
        "upstream": request.upstream,
        "operation": request.operation,
        "method": request.method,
        "url": request.url,
        "sent": list(map(_sent_value, request.sent)),
        "body": _request_body(request),
        "credential": _credential(request.credential),
        "readAs": request.read_as,
        "schema": request.schema,
        **({"response": request.response} if request.response else {}),
        **({"example": _example(request.example)} if request.example else {}),
    }


def _request_body(request: Request) -> Json | None:
    if request.body is None:
        return None
    others = list(map(_body, request.other_bodies))
    return {**_body(request.body), **({"alternatives": others} if others else {})}


def _body(body: SentBody) -> Json:
    return {"kind": body.kind, "mediaType": body.media_type}


def _example(example: Example) -> Json:
    return {
        "status": example.status,
        "mediaType": example.media_type,
        "text": example.text,
    }


def _sent_value(value: SentValue) -> Json:
    return {
        "place": value.place,
        "name": value.name,
        "pointer": value.pointer,
        "parameters": list(value.parameters),
        "source": _source(value.source),
        **({"style": value.style} if value.style else {}),
    }


def _source(source: Source) -> Json:
    match source:
        case FromInput(name=name, required=required):
            return {"kind": "input", "name": name, "required": required}
        case FromVariable(name=name, secret=secret):
            return {"kind": "variable", "name": name, "secret": secret}
        case FromStep(step=step, path=path):
            return {"kind": "step", "step": step, "path": path}
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
        case Unchanged(media_type=media_type, limit=limit):
            return {
                "kind": "unchanged" if limit is None else "binary",
                **({"mediaType": media_type} if media_type else {}),
                **({} if limit is None else {"limit": limit}),
            }
        case Shaped(members=members):
            return {"kind": "shaped", "members": list(map(_member, members))}
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


def _credential(credential: Credential | None) -> Json | None:
    if credential is None:
        return None
    others = list(map(_credential, credential.alternatives))
    return {
        "kind": credential.kind,
        "sent": list(credential.sent),
        "variables": list(credential.variables),
        **({"files": dict(credential.files)} if credential.files else {}),
        **({"alternatives": others} if others else {}),
    }


def _assumptions(assumptions: Iterable[Diagnostic]) -> list[Json]:
    return [{**json_object(diagnostic)} for diagnostic in assumptions]
