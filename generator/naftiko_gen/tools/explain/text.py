"""An explanation as text for a terminal of 80 columns."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.colors import BOLD, paint, severity_color
from naftiko_gen.diagnostics.quoting import safe
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
    ScriptRun,
    SentValue,
    Shaped,
    Source,
    Step,
    Text,
    Unchanged,
    Unit,
    Upstream,
)
from naftiko_gen.tools.explain.wrapping import wrap_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.diagnostics.report import Diagnostic

_MARGIN = 2
_COLUMN = 14
_HANGING = 4
_ARROW = " <- "
_TAKEN_FROM = {"body": "the whole body", "argument": ""}
_CUT = 60
"""Longer values are cut; the spec has them in full."""


def text_of(explanation: Explanation, *, color: bool) -> str:
    """Return an explanation as text; control characters are escaped."""
    return "".join(
        f"{line}\n" for line in _Renderer(explanation.spec, color).of(explanation)
    )


@dataclass(frozen=True)
class _Renderer:
    """The renderer of an explanation's parts as lines."""

    spec: str
    color: bool

    def of(self, explanation: Explanation) -> Iterator[str]:
        yield from self._heading(f"{explanation.spec}: {explanation.label}")
        for line in wrap_lines(_counts(explanation), _MARGIN, _MARGIN):
            yield " " * _MARGIN + line
        for lines in (
            *map(self._upstream, explanation.upstreams),
            *map(self._unit, explanation.units),
            *map(self._file, explanation.files),
            *map(self._prompt, explanation.prompts),
        ):
            yield ""
            yield from lines
        if explanation.assumptions:
            yield ""
            yield from self._heading("THE REST OF THE SPEC")
            yield from self._assumptions(explanation.assumptions)

    def _upstream(self, upstream: Upstream) -> Iterator[str]:
        yield from self._heading(f"UPSTREAM {upstream.namespace}")
        override = f"or the value of ${upstream.variable}"
        yield from _row("address", [upstream.base_uri, override])
        yield from _row("credential", [_credential(upstream.credential)])
        yield from self._assumptions(upstream.assumptions)

    def _unit(self, unit: Unit) -> Iterator[str]:
        yield from self._heading(_title(unit.exposed))
        yield from self._about(unit.description)
        yield from _row("served by", [unit.adapter])
        if unit.clients is not None:
            yield from _row("to clients", [f"with {_single(unit.clients)}"])
        yield from _row(
            "takes", map(_input, unit.inputs) if unit.inputs else ["nothing"]
        )
        if unit.request is not None:
            yield from _request(unit.request)
        for step in unit.steps:
            yield from _step(step)
        yield from _row("returns", _returns(unit.answer))
        yield from self._assumptions(unit.assumptions)

    def _file(self, file: File) -> Iterator[str]:
        yield from self._heading(f"RESOURCE {file.uri}")
        yield from _row("served by", [file.adapter])
        yield from _row("returns", [f"a file: {file.media_type}, {file.size} bytes"])

    def _prompt(self, prompt: Prompt) -> Iterator[str]:
        yield from self._heading(f"PROMPT {prompt.name}")
        yield from self._about(prompt.description)
        yield from _row("served by", [prompt.adapter])
        arguments = map(_input, prompt.arguments)
        yield from _row("takes", arguments if prompt.arguments else ["nothing"])

    def _about(self, description: str) -> Iterator[str]:
        words = " ".join(description.split())
        for line in wrap_lines(safe(words), _MARGIN, _MARGIN):
            yield " " * _MARGIN + line

    def _heading(self, words: str) -> Iterator[str]:
        for at, line in enumerate(wrap_lines(safe(words), 0, _MARGIN)):
            margin = " " * _MARGIN if at else ""
            yield margin + paint(line, BOLD if self.color else "")

    def _assumptions(self, assumptions: Iterable[Diagnostic]) -> Iterator[str]:
        label = "assumed"
        for alike in _alike(assumptions):
            color = severity_color(alike[0].severity) if self.color else ""
            lines = _row(label, [_assumption(alike, self.spec)])
            yield from (_paint(line, color) for line in lines)
            label = ""


def _counts(explanation: Explanation) -> str:
    counts = Counter(unit.exposed.noun for unit in explanation.units)
    counts["resource"] += len(explanation.files)
    counts["prompt"] += len(explanation.prompts)
    routes = _pluralise(counts.pop("route", 0), "route")
    tools = _pluralise(counts.pop("tool", 0), "tool")
    others = (_pluralise(count, noun) for noun, count in counts.items() if count)
    numbers = ", ".join((f"{routes} and {tools}", *others))
    return f'{numbers}; "a{_ARROW}b" means that a is made of b'


def _pluralise(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _row(label: str, items: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a label and its items; each item begins a line."""
    head = f"{'':{_MARGIN}}{label}".ljust(_COLUMN)
    for item in items:
        for at, line in enumerate(wrap_lines(safe(item), _COLUMN, _COLUMN + _HANGING)):
            yield (head if not at else " " * (_COLUMN + _HANGING)) + line
            head = " " * _COLUMN


def _paint(line: str, color: str) -> str:
    return line[:_COLUMN] + paint(line[_COLUMN:], color)


def _title(unit: Exposed) -> str:
    return f"{unit.noun.upper()} {unit.title}"


def _credential(credential: Credential | None) -> str:
    if credential is None:
        return "none"
    return ", or ".join(map(_single, (credential, *credential.alternatives)))


def _single(credential: Credential) -> str:
    if not credential.sent:
        return credential.kind
    places = " and ".join(credential.sent)
    variables = ", ".join(
        (
            f"${name}, else {credential.files[name]}"
            if name in credential.files
            else f"${name}"
        )
        for name in credential.variables
    )
    return f"{places} ({credential.kind}){_ARROW}{variables or 'the spec'}"


def _input(source: Input) -> str:
    place = _TAKEN_FROM.get(source.place, f"in the {source.place}")
    at = f"at {source.pointer} of the body" if source.pointer else place
    words = [source.type, at, _requirement(source.required)]
    return f"{source.name}: {', '.join(word for word in words if word)}"


def _requirement(is_required: bool) -> str:
    return "required" if is_required else "optional"


def _request(request: Request) -> Iterator[str]:
    yield from _row("calls", _call(request))
    yield from _row("sends", _sends(request))
    if request.read_as not in (None, "json"):
        schema = f", {request.schema}" if request.schema else ""
        yield from _row("reads", [f"{request.read_as}{schema}"])
    if request.response is not None:
        yield from _row("responds", [request.response])
    if request.example is not None:
        yield from _row("mocked as", [_example(request.example)])


def _example(example: Example) -> str:
    """Return the mock's response in words; without a text, its content is made up."""
    text = example.text
    if text == "" and example.media_type is None:
        return f"{example.status}, without a body"
    media_type = example.media_type or "application/json"
    return f"{example.status}, {media_type}{'' if text is None else f': {_cut(text)}'}"


def _step(step: Step) -> Iterator[str]:
    yield from _row(f"step {step.group}", [step.name])
    match step:
        case CalledStep(request=request):
            yield from _request(request)
        case Lookup(index=index, key=key, wanted=wanted, fields=fields):
            names = ", ".join(fields)
            lookup = f"{names} of entries in {_source(index)}"
            yield from _row("looks up", [f"{lookup} whose {key} is {_source(wanted)}"])
        case ScriptRun(files=files):
            yield from _row("runs", files)
        case _:
            assert_never(step)


def _call(request: Request) -> Iterator[str]:
    if not request.operation:
        yield f"{request.upstream}, with the client's method, query and body"
        yield request.url
        return
    yield f"{request.upstream}.{request.operation}"
    yield f"{request.method} {request.url}"


def _sends(request: Request) -> Iterator[str]:
    present = [value for value in request.sent if value.source != Absent()]
    # The URL shows the variables in it.
    rows = [value for value in present if not _is_in_url(value)]
    for value in rows:
        place = _place(value, request)
        yield f"{place}{_ARROW}{_source(value.source)}{_through(value)}"
    absent = [_place(value, request) for value in request.sent if value not in present]
    if absent:
        yield f"without {', '.join(dict.fromkeys(absent))}: the call sets no value"
    if request.other_bodies:
        others = (body.media_type for body in request.other_bodies)
        yield f"or the body as {', '.join(others)}"
    if request.credential is not None:
        yield _credential(request.credential)
    elif not rows and not absent:
        yield "no other values"


def _is_in_url(value: SentValue) -> bool:
    is_variable = isinstance(value.source, FromVariable)
    return is_variable and value.place in ("base-uri", "path")


def _place(value: SentValue, request: Request) -> str:
    place = f"{value.place} {value.name}".rstrip()
    is_body = value.place == "body" and not value.pointer
    media_type = f" ({request.body.media_type})" if is_body and request.body else ""
    style = f" ({value.style})" if value.style else ""
    return f"{place} {value.pointer}".rstrip() + media_type + style


def _through(value: SentValue) -> str:
    """Return the parameters of a value that the rest of its line doesn't name."""
    obvious = {value.name, value.pointer.rpartition("/")[2]}
    if isinstance(value.source, FromInput):
        obvious.add(value.source.name)
    names = [name for name in value.parameters if name not in obvious]
    noun = "parameters" if len(names) > 1 else "parameter"
    return f", by the {noun} {', '.join(names)}" if names else ""


def _source(source: Source) -> str:
    match source:
        case FromInput(name=name, required=required):
            return f"input {name}" if required else f"input {name}, if given"
        case FromVariable(name=name):
            return f"${name}"
        case FromStep():
            return _answer_of(source)
        case Fixed(value=value):
            return f"always {_value(value)}"
        case Text(parts=parts):
            return f'"{"".join(map(_piece, parts))}"'
        case Absent():
            return "nothing"
        case _:
            assert_never(source)


def _answer_of(source: FromStep) -> str:
    """Return a part of the answer of a step, in words."""
    if not source.path:
        return f"the answer of {source.step}"
    return f"{source.path} of {source.step}"


def _piece(part: str | FromInput | FromVariable | FromStep) -> str:
    match part:
        case str():
            return json.dumps(part, ensure_ascii=False)[1:-1]
        case FromInput(name=name):
            return f"{{{name}}}"
        case FromVariable(name=name):
            return f"{{${name}}}"
        case FromStep():
            return f"{{{_answer_of(part)}}}"
        case _:
            assert_never(part)


def _value(value: object) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[:_CUT]}…"


def _returns(answer: Answer) -> Iterator[str]:
    match answer:
        case Unchanged(media_type=media_type, limit=limit):
            suffix = f", as {media_type}" if media_type else ""
            size = "" if limit is None else f", at most {limit:,} bytes"
            yield f"the upstream response, unchanged{suffix}{size}"
        case Shaped(members=members):
            yield from map(_member, members)
        case _:
            assert_never(answer)


def _member(member: Member | FixedMember) -> str:
    place = member.pointer or "all of it"
    match member:
        case Member(path=path, type=type_):
            return f"{place}{_ARROW}{path} ({type_})"
        case FixedMember(value=value):
            return f"{place}{_ARROW}always {_value(value)}"
        case _:
            assert_never(member)


def _alike(assumptions: Iterable[Diagnostic]) -> Iterable[list[Diagnostic]]:
    """Group diagnostics with equal texts, in the order of the first of each group."""
    groups: dict[object, list[Diagnostic]] = {}
    for diagnostic in assumptions:
        text = diagnostic.message, diagnostic.advice
        key = diagnostic.file, diagnostic.code, text
        groups.setdefault(key, []).append(diagnostic)
    return groups.values()


def _assumption(alike: list[Diagnostic], spec: str) -> str:
    first = alike[0]
    lines = dict.fromkeys(
        str(diagnostic.span.line) for diagnostic in alike if diagnostic.span
    )
    noun = "lines" if len(lines) > 1 else "line"
    place = f"{noun} {', '.join(lines)}" if lines else "somewhere"
    if first.file != spec:
        place = f"{first.file} {place}"
    mark = " warning" if first.severity is Severity.WARNING else ""
    hint = f"; {first.advice}" if first.advice else ""
    return f"{place}{mark}: {first.message}{hint} [{first.code.slug}]"
