"""Facts about small specs, as the texts that tables of cases expect."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, assert_never

from documents import resolve

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Report, Severity
from naftiko_gen.dialects import normalise
from naftiko_gen.syntax.reader import load

Values = dict[str, Any]
_ADDRESSES = {"mcp": ("things-mcp", 9090), "rest": ("things-rest", 8080)}
_OF_SPECS = (
    *("api", "path", "operation", "operations", "consumes", "resource"),
    *("at", "route", "routes", "tool", "tools", "mcp", "rest", "exposes", "spec"),
    "aggregates",
)
"""The keys of a case that describe its spec; others are expected facts."""


# --- specs ---


def spec_of(case: Values) -> str:
    """Return the spec of a case as JSON; it gets the usual parts that a case lacks."""
    operations = case.get("operations", [case.get("operation", {})])
    operations = [{"name": "act", **operation} for operation in operations]
    first = operations[0]["name"]
    things = {"name": "things", "path": case.get("path", "/things")}
    things |= {"operations": operations, **case.get("resource", {})}
    api: Values = {"type": "http", "namespace": "api", "resources": [things]}
    api |= {"baseUri": "https://api.example.com", **case.get("api", {})}
    exposes = [*_adapters(case, first), *case.get("exposes", [])]
    capability = {"consumes": [api, *case.get("consumes", [])], "exposes": exposes}
    capability |= {"aggregates": case["aggregates"]} if "aggregates" in case else {}
    more = case.get("spec", {})
    spec = {"naftiko": "1.0.0-alpha2", "capability": capability, **more}
    return json.dumps(spec, ensure_ascii=False)


def _adapters(case: Values, operation: str) -> Iterator[Values]:
    tools = case.get("tools", [case["tool"]] if "tool" in case else [])
    routes = case.get("routes", [case["route"]] if "route" in case else [])
    if routes:
        units = [_unit({"method": "GET"}, route, operation) for route in routes]
        inputs = units[0].pop("shared", [])
        resource = {"path": case.get("at", "/v1/things"), "operations": units}
        resource |= {"inputParameters": inputs} if inputs else {}
        yield {**_adapter("rest"), "resources": [resource], **case.get("rest", {})}
    if tools:
        units = [_unit({"description": "A."}, tool, operation) for tool in tools]
        yield {**_adapter("mcp"), "tools": units, **case.get("mcp", {})}


def _adapter(kind: str) -> Values:
    namespace, port = _ADDRESSES[kind]
    return {"type": kind, "namespace": namespace, "address": "localhost", "port": port}


def _unit(usual: Values, unit: Values, operation: str) -> Values:
    is_call = not {"steps", "ref", "call"} & unit.keys()
    call = {"call": f"api.{operation}"} if is_call else {}
    return {"name": operation, **usual, **call, **unit}


# --- cases ---


@dataclass(frozen=True)
class Case:
    """A spec, and the facts that it has to have."""

    title: str
    spec: Values
    expected: Values


def cases(directory: Path) -> Iterator[Case]:
    """Yield the cases of all tables; one with rows is as many cases."""
    for path in sorted(directory.glob("*.yaml")):
        table = load(path.read_bytes(), Report(path.name))
        assert table is not None, path
        titles: Any = table.plain()
        bases = titles.pop("bases", {})
        for title, case in titles.items():
            yield from _cases(f"{path.stem}: {title}", case, bases)


def _cases(title: str, case: Values, bases: Values) -> Iterator[Case]:
    case = {**bases.get(case.pop("on", ""), {}), **case}
    columns, rows = case.pop("columns", []), case.pop("rows", [[]])
    for number, row in enumerate(rows):
        values = zip(columns, [row] if len(columns) == 1 else row, strict=True)
        parts = _fill(case, dict(values))
        spec = {key: value for key, value in parts.items() if key in _OF_SPECS}
        facts = {key: value for key, value in parts.items() if key not in _OF_SPECS}
        yield Case(f"{title} {number}" if columns else title, spec, facts)


def _fill(value: Any, values: Mapping[str, Any]) -> Any:
    """Return a value in which `$name` is replaced by the value of a column."""
    match value:
        case dict():
            return {_fill(k, values): _fill(v, values) for k, v in value.items()}
        case list():
            return [_fill(item, values) for item in value]
        case str() if value[1:] in values and value[0] == "$":
            return values[value[1:]]
        case str():
            for name, inner in values.items():
                value = value.replace(f"${name}$", str(inner))
            return value
        case _:
            return value


# --- facts ---


@dataclass(frozen=True)
class Facts:
    """The facts about a spec."""

    text: str

    @cached_property
    def _result(self) -> tuple[ir.Capability | None, Any]:
        return resolve(self.text)

    @property
    def capability(self) -> ir.Capability:
        """Return the capability; there has to be one."""
        capability, reading = self._result
        assert capability is not None, [d.message for d in reading.diagnostics]
        return capability

    def findings(self, *severities: Severity) -> list[str]:
        """Return the codes of diagnostics, each with the text at its place."""
        return [
            f"{d.code.slug} {self._at(d.span)}".rstrip()
            for d in self._result[1].diagnostics
            if d.span and (not severities or d.severity in severities)
        ]

    def _canonical(self, place: str) -> Any:
        """Return a part of the normalised capability, by its keys and indexes."""
        tree = load(self.text.encode(), Report("spec.yaml"))
        root = normalise(tree, Report("spec.yaml"), "things") if tree else None
        value: Any = root.plain() if root else None
        for key in ("capability", *place.split("/")):
            value = value[int(key) if isinstance(value, list) else key]
        return value

    def _at(self, span: Any) -> str:
        start = span.column - 1
        return self.text[start : start + span.length].strip('"')

    @property
    def messages(self) -> list[str]:
        """Return the messages of diagnostics."""
        return [diagnostic.message for diagnostic in self._result[1].diagnostics]

    @property
    def hints(self) -> list[str]:
        """Return the hints of diagnostics."""
        return [d.hint for d in self._result[1].diagnostics if d.hint]

    def differences(self, expected: Values) -> dict[str, tuple[Any, Any]]:
        """Return the facts that differ from the expected ones, with these."""
        facts = {name: self._fact(name, value) for name, value in expected.items()}
        return {n: (facts[n], v) for n, v in expected.items() if facts[n] != v}

    def _fact(self, name: str, expected: Any) -> Any:
        if name in _SEVERITIES:
            findings = self.findings(*_SEVERITIES[name])
            return _without_places(findings, expected)
        match name:
            case "has":
                findings = self.findings()
                return [e for e in expected if any(map(_is_like(e), findings))]
            case "lacks":
                slugs = {finding.partition(" ")[0] for finding in self.findings()}
                return [slug for slug in expected if slug not in slugs]
            case "says":
                return expected if any(expected in m for m in self.messages) else ""
            case "hides":
                return "" if any(expected in m for m in self.messages) else expected
            case "canonical":
                return {place: self._canonical(place) for place in expected}
            case "hint":
                return expected if expected in self.hints else self.hints
            case _:
                return _FACTS[name](self.capability)


_SEVERITIES: dict[str, tuple[Severity, ...]] = {
    "errors": (Severity.ERROR,),
    "warnings": (Severity.WARNING,),
    "notes": (Severity.NOTE,),
    "findings": (),
    "faults": (Severity.ERROR, Severity.WARNING),
}


def _without_places(findings: list[str], expected: list[str]) -> list[str]:
    """Return the findings, without places that aren't expected."""
    pairs = zip(findings, [*expected, *findings], strict=False)
    return [e if _is_like(e)(finding) else finding for finding, e in pairs]


def _is_like(expected: str) -> Callable[[str], bool]:
    return lambda text: text == expected or text.startswith(f"{expected} ")


def _first(capability: ir.Capability) -> ir.Exposed:
    return capability.exposed[0]


def _pairs(pairs: tuple[tuple[Any, ir.Template], ...]) -> list[str]:
    by_name = ((getattr(key, "name", key), value) for key, value in pairs)
    return [f"{name} = {template(value)}" for name, value in by_name]


def _hints(hints: ir.Hints) -> str:
    words = {
        "reads": hints.read_only,
        "destroys": hints.destructive,
        "repeats": hints.idempotent,
        "open": hints.open_world,
    }
    return " ".join(word for word, holds in words.items() if holds)


_FACTS: dict[str, Callable[[ir.Capability], Any]] = {
    "inputs": lambda c: [*map(input_, _first(c).inputs)],
    "units": lambda c: {u.name: [*map(input_, u.inputs)] for u in c.exposed},
    "names": lambda c: [unit.name for unit in c.exposed],
    "paths": lambda c: [path(route.route) for route in c.routes],
    "responses": lambda c: [*map(_response, c.routes[0].responses)],
    "arguments": lambda c: _pairs(_first(c).only_call.arguments),
    "output": lambda c: projection(_first(c).output),
    "members": lambda c: _members(_first(c).output),
    "description": lambda c: _first(c).description,
    "hints": lambda c: _hints(c.tools[0].hints),
    "calls": lambda c: [f"{o.method} {path(o.path)}" for o in c.operations],
    "operation names": lambda c: [o.name for o in c.operations],
    "parameters": lambda c: [*map(parameter, c.operations[0].parameters)],
    "query": lambda c: _pairs(c.operations[0].query),
    "headers": lambda c: _pairs(c.operations[0].headers),
    "body": lambda c: body(c.operations[0].body),
    "variables": lambda c: [*map(variable, c.variables)],
    "sources": lambda c: {v.name: _source(v.source) for v in c.variables},
    "guard variables": lambda c: [*map(variable, c.guard_variables)],
    "upstreams": lambda c: {u.namespace: path(u.base_uri) for u in c.upstreams},
    "credential": lambda c: fields(c.upstreams[0].credential),
    "guard": lambda c: fields(c.servers[0].guard),
    "adapters": lambda c: {s.namespace: s.port for s in c.servers},
    "about": lambda c: [c.label, c.version],
    "answer": lambda c: _answer(_first(c).implementation),
    "paging": lambda c: _paging(c.tools[0].items),
    "skills": lambda c: {skill.name: [*map(_entry, skill.tools)] for skill in c.skills},
    "groups": lambda c: [" ".join(s.name for s in g) for g in c.flows[0].groups],
    "lookups": lambda c: [*map(_lookup, ir.of_kind(ir.LookupStep, c.flows[0].steps))],
    "segments": lambda c: [*map(_segments, c.flows[0].step_values)],
    "steps": lambda c: {
        s.name: _pairs(s.call.arguments) for s in c.flows[0].call_steps
    },
}


def _call_steps(capability: ir.Capability) -> tuple[ir.CallStep, ...]:
    return capability.flows[0].call_steps


def _response(response: ir.DeclaredResponse) -> str:
    bodies = (
        f"{body.media_type} {'bytes' if body.is_binary else json.dumps(body.schema)}"
        for body in response.bodies
    )
    return " ".join(filter(None, (response.status, response.description, *bodies)))


def _paging(items: ir.ItemList | None) -> str:
    assert items is not None
    assert items.paging is not None
    place = ".".join(items.paging.next or ())
    facts = (items.paging.kind.value, items.paging.argument, place)
    return " ".join((".".join(items.path), "by", *filter(None, facts)))


def _entry(tool: ir.SkillTool) -> str:
    return f"{tool.name} by {tool.exposed.name}"


def _lookup(step: ir.LookupStep) -> str:
    fields = ", ".join(f"{name}: {_at(at)}" for name, at in step.fields)
    return f"{step.name}: {fields} where {_at(step.key)} is {template(step.wanted)}"


def _segments(value: ir.StepValue) -> list[str]:
    segments = value.query.segments if value.query else ()
    return [" ".join(map(str, segment.selectors)) for segment in segments]


def _source(source: ir.Source) -> str:
    match source:
        case ir.FromEnvironment():
            return "environment"
        case ir.FileKey(file=file, key=key):
            return f"{key} of {file.path} or {file.variable}"
        case ir.Provider(scheme=scheme, key=key):
            return f"{key} of {scheme}"


def _members(output: ir.Projection) -> list[str]:
    assert isinstance(output, ir.Shape)
    return [f"{name} {projection(member)}" for name, member in output.members]


def _answer(implementation: ir.Implementation) -> list[str]:
    assert isinstance(implementation, ir.Flow)
    assert isinstance(implementation.answer, ir.Mapped)
    assert isinstance(implementation.answer.template, ir.ObjectTemplate)
    return _pairs(implementation.answer.template.entries)


# --- parts of a capability as texts ---


def variable(source: ir.Variable) -> str:
    """Return a variable with its facts and its description."""
    secret = "secret" if source.secret else ""
    default = f"= {source.default}" if source.default else ""
    choices = f"of {'|'.join(source.choices)}" if source.choices else ""
    facts = (source.name, secret, default, choices, source.description)
    return " ".join(filter(None, facts))


def path(parts: tuple[Any, ...]) -> str:
    """Return a path or a base URI with the names of its variables."""
    return "".join(
        part if isinstance(part, str) else _variable_text(part) for part in parts
    )


def _variable_text(part: Any) -> str:
    return f"<${part.name}>" if isinstance(part, ir.Variable) else f"<{part.name}>"


def parameter(source: ir.Parameter) -> str:
    """Return name, place, type and description of a parameter; `!` is required."""
    return _describe(source, source.place.value)


def input_(source: ir.Input) -> str:
    """Return name, location, type, default and description of an input."""
    return _describe(source, _location(source.location))


def _describe(source: ir.Parameter | ir.Input, place: str) -> str:
    kind = kind_of(source.type) + "!" * source.required
    default = f"= {source.default.text}" if source.default else ""
    texts = (source.name, place, kind, default, source.description)
    return " ".join(filter(None, texts))


def _location(location: ir.Location) -> str:
    match location:
        case ir.InField(path=names):
            return ".".join(("body", *names))
        case ir.InArguments():
            return ""
        case _:
            return type(location).__name__.removeprefix("In").lower()


def kind_of(kind: ir.Type) -> str:
    """Return a type."""
    match kind:
        case ir.Primitive():
            return kind.value
        case ir.Anything():
            return "any"
        case ir.Bytes():
            return "bytes"
        case ir.Array(items=ir.Anything()):
            return "array"
        case ir.Array(items=items):
            return f"[{kind_of(items)}]"
        case ir.Object(fields=fields, others=others):
            members = [f"{f.name}{'!' * f.required}: {kind_of(f.type)}" for f in fields]
            members += [f"*: {kind_of(others)}"] if others else []
            return f"{{{', '.join(members)}}}" if members else "object"
        case ir.OneOf(values=values):
            return "|".join(map(str, values))
        case ir.Matching(pattern=pattern):
            return f"/{pattern}/"
        case ir.Nullable(base=base):
            return f"{kind_of(base)}?"
        case ir.Refined(base=base, limits=limits):
            facts = [*(f"{limit} {bound}" for limit, bound in limits), kind.format]
            facts += [f"such as {kind.sample}"] if kind.sample is not None else []
            facts += [f"usually {kind.default.text}"] if kind.default else []
            return f"{kind_of(base)}({' '.join(filter(None, facts))})"
        case ir.Union(types=types):
            return "only " * kind.is_exclusive + " or ".join(map(kind_of, types))
        case _:
            assert_never(kind)


def template(value: ir.Template) -> str:
    """Return a template: `{input}`, `$VARIABLE`, `step.member`, JSON, or a text."""
    match value:
        case ir.Constant(value=constant):
            return json.dumps(constant, ensure_ascii=False)
        case ir.Argument(source=source):
            return f"{{{source.name}}}"
        case ir.Setting(variable=setting):
            return f"${setting.name}"
        case ir.StepValue(step=step, query=None):
            return ".".join((step, *map(_segment, value.path)))
        case ir.StepValue(step=step, query=query):
            return f"{step} {query.text if query else ''}"
        case ir.Joined(parts=parts):
            pieces = (p if isinstance(p, str) else template(p) for p in parts)
            word = "graphql " if isinstance(value, ir.GraphQL) else ""
            return f"{word}'{''.join(pieces)}'"
        case ir.ObjectTemplate(entries=entries):
            return f"{{{', '.join(f'{k}: {template(v)}' for k, v in entries)}}}"
        case ir.ArrayTemplate(items=items):
            return f"[{', '.join(map(template, items))}]"
        case _:
            assert_never(value)


def _segment(segment: ir.PathSegment) -> str:
    return "*" if isinstance(segment, ir.Each) else str(segment)


def projection(output: ir.Projection) -> str:
    """Return the shape of an answer, with the path and the type of each value."""
    match output:
        case ir.Identity():
            facts = (output.media_type, output.limit)
            return " ".join(("unchanged", *(str(fact) for fact in facts if fact)))
        case ir.Pick(path=path, type=kind):
            return f"{_at(path)} {kind_of(kind)}"
        case ir.Literal(value=value):
            return f"= {json.dumps(value, ensure_ascii=False)}"
        case ir.Filled(template=value):
            return f"= {template(value)}"
        case ir.Shape(path=path, members=members):
            parts = ", ".join(f"{name}: {projection(m)}" for name, m in members)
            return f"{_at(path)} {{{parts}}}"
        case ir.Items(path=path, item=item):
            return f"{_at(path)} [{projection(item)}]"
        case ir.Find(query=query, item=item):
            return f"{query.text} [{projection(item)}]"
        case _:
            assert_never(output)


def _at(path: tuple[ir.PathSegment, ...]) -> str:
    return ".".join(("$", *map(_segment, path)))


def body(content: ir.Body | None) -> str:
    """Return the kind of a body, and its values."""
    match content:
        case None:
            return "none"
        case ir.TextBody():
            facts = [content.label, content.media_type]
            escaping = content.escaping.value
            facts += [] if escaping == "none" else ["as", escaping]
            return " ".join((*facts, template(content.template)))
        case ir.BytesBody():
            return f"bytes {content.media_type} {template(content.content)}"
        case ir.ChosenBody():
            return " or ".join(map(body, content.kinds))
        case ir.Entity() | ir.BodyTemplate() | ir.MultipartObject():
            return f"{content.label} {template(content.content)}"
        case ir.FormBody() | ir.MultipartBody():
            values = (f"{v.name}: {template(v.template)}" for v in content.values)
            return f"{content.label} {{{', '.join(values)}}}"
        case _:
            assert_never(content)


def fields(part: Any) -> str:
    """Return the kind of a credential, and its texts with other facts."""
    match part:
        case None:
            return "none"
        case ir.Constant() | ir.Setting() | ir.Joined():
            return template(part)
        case tuple():
            return " ".join(map(fields, part))
        case str():
            return part
        case Enum():
            return part.name.lower()
        case _:
            values = (getattr(part, field.name) for field in dataclasses.fields(part))
            values = (value for value in values if value not in (None, ()))
            return f"{type(part).__name__}({' '.join(map(fields, values))})"
