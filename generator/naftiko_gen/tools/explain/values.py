"""Values of requests with their sources, members of responses, and their notation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.tools.explain import explanation as facts

Path = tuple[ir.PathSegment | ir.Query, ...]

# --- requests --------------------------------------------------------------------


def leaves(
    template: ir.Template,
    at: facts.SentValue,
    arguments: Mapping[str, ir.Template],
    *,
    is_document: bool = False,
) -> Iterator[facts.SentValue]:
    """Yield the values of a template of an operation at a place, in its order.

    `arguments` are the values that a call gives the operation's parameters. A text with
    an absent value is absent itself, unless the text is a whole document.
    """
    match template:
        case ir.Argument(source=ir.Parameter(name=name)):
            at = replace(at, parameters=(*at.parameters, name))
            if name in arguments:
                value = arguments[name]
                yield from leaves(value, at, arguments, is_document=is_document)
            else:
                yield at
        case ir.Joined():
            yield _join(template, at, arguments, is_document=is_document)
        case _ if inside := _inside(template):
            for key, value in inside:
                inner = replace(at, pointer=below(at.pointer, key))
                yield from leaves(value, inner, arguments, is_document=is_document)
        case _:
            yield replace(at, source=source_of(template))


def _join(
    template: ir.Joined,
    at: facts.SentValue,
    arguments: Mapping[str, ir.Template],
    *,
    is_document: bool,
) -> facts.SentValue:
    """Return a text with the values of its arguments inserted."""
    values: list[facts.SentValue] = []
    for part in template.parts:
        piece = ir.Constant(part) if isinstance(part, str) else part
        values += leaves(piece, facts.SentValue(), arguments, is_document=is_document)
    names = (name for value in (at, *values) for name in value.parameters)
    at = replace(at, parameters=tuple(dict.fromkeys(names)))
    is_whole = is_document or isinstance(template, ir.GraphQL)
    if not is_whole and any(value.source == facts.Absent() for value in values):
        return at
    pieces = (piece for value in values for piece in _pieces(value.source))
    return replace(at, source=facts.Text(tuple(pieces)))


def source_of(template: ir.Template) -> facts.Source:
    """Return the source of a template's value, which no parameter holds."""
    match template:
        case ir.Constant(value=value):
            return facts.Fixed(value)
        case ir.Setting(variable=variable):
            return facts.FromVariable(variable.name, variable.secret)
        case ir.Argument(source=source):
            return facts.FromInput(source.name, source.required)
        case ir.StepValue(step=step):
            return facts.FromStep(step, inner_path(template.parts))
        case ir.Joined():
            return _join(template, facts.SentValue(), {}, is_document=True).source
        case ir.ObjectTemplate():
            return facts.Fixed({})
        case ir.ArrayTemplate():
            return facts.Fixed([])
        case _:
            assert_never(template)


def _pieces(source: facts.Source) -> Sequence[facts.Piece]:
    """Return the pieces of text of a value."""
    match source:
        case facts.FromInput() | facts.FromVariable() | facts.FromStep():
            return [source]
        case facts.Fixed(value=value):
            return [value if isinstance(value, str) else json.dumps(value)]
        case facts.Text(parts=parts):
            return parts
        case facts.Absent():
            return []
        case _:
            assert_never(source)


def _inside(template: ir.Template) -> list[tuple[str, ir.Template]]:
    """Return the members or items of a structure, with their keys in pointers."""
    match template:
        case ir.ObjectTemplate(entries=entries):
            return list(entries)
        case ir.ArrayTemplate(items=items):
            return [(str(index), item) for index, item in enumerate(items)]
        case _:
            return []


# --- responses -------------------------------------------------------------------


def answer(implementation: ir.Implementation) -> facts.Answer:
    """Return the response that an implementation makes of upstream responses.

    If mappings compose it, the path of a member starts with the name of its step.
    """
    match implementation:
        case ir.Flow(answer=ir.Mapped(template=template, type=type_)):
            return facts.Answer(
                "shaped", members=tuple(_mapped_members(template, type_))
            )
        case _:
            output = implementation.output
    if not isinstance(output, ir.Identity):
        return facts.Answer("shaped", members=tuple(_members(output)))
    return facts.Answer(
        "unchanged" if output.limit is None else "binary",
        output.media_type or None,
        output.limit,
    )


def _mapped_members(
    template: ir.Template, type_: ir.Projection, pointer: str = ""
) -> Iterator[facts.Member | facts.FixedMember]:
    if inside := _inside(template):
        types = dict(type_.members if isinstance(type_, ir.Shape) else ())
        for key, value in inside:
            inner_type = types.get(key, ir.Identity())
            yield from _mapped_members(value, inner_type, below(pointer, key))
    elif isinstance(template, ir.StepValue):
        path = json_path((template.step, *template.parts))
        yield facts.Member(pointer, path, _type(type_))
    else:
        match source_of(template):
            case facts.Fixed(value=constant):
                yield facts.FixedMember(pointer, constant)
            case _:
                yield facts.FixedMember(pointer, _text(template))


def _type(projection: ir.Projection) -> str:
    match projection:
        case ir.Pick(type=type_):
            return type_words(type_)
        case ir.Items() | ir.Find():
            return "array"
        case ir.Shape():
            return "object"
        case _:
            return "any"


def _members(
    projection: ir.Projection, pointer: str = "", steps: Path = ()
) -> Iterator[facts.Member | facts.FixedMember]:
    """Yield the members of a response that is made of the value at these steps."""
    match projection:
        case ir.Identity():
            yield facts.Member(pointer, json_path(steps), "any")
        case ir.Pick(path=path, type=type_):
            yield facts.Member(pointer, json_path((*steps, *path)), type_words(type_))
        case ir.Literal(value=value):
            yield facts.FixedMember(pointer, value)
        case ir.Filled(template=template):
            yield facts.FixedMember(pointer, _text(template))
        case ir.Shape(members=()):
            yield facts.FixedMember(pointer, {})
        case ir.Shape(path=path, members=members):
            for name, member in members:
                yield from _members(member, below(pointer, name), (*steps, *path))
        case ir.Items(path=path, item=item):
            elements = (*steps, *path, ir.Each.ELEMENT)
            yield from _members(item, below(pointer, "*"), elements)
        case ir.Find(query=query, item=item):
            yield from _members(item, below(pointer, "*"), (*steps, query))
        case _:
            assert_never(projection)


def _text(template: ir.Template) -> str:
    """Return a text with the names of its inputs in braces."""
    match template:
        case ir.Argument(source=source):
            return "{{" + source.name + "}}"
        case ir.StepValue():
            return "{{" + json_path((template.step, *template.parts)) + "}}"
        case ir.Joined(parts=parts):
            return "".join(p if isinstance(p, str) else _text(p) for p in parts)
        case _:
            raise TypeError("an output holds neither settings nor structures")


# --- notation of types and paths -------------------------------------------------


_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def below(pointer: str, key: str) -> str:
    """Return the pointer to a member of the value at a pointer."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def inner_path(path: Path) -> str:
    """Return a path as JSONPath writes it, without its root."""
    return json_path(path).removeprefix("$").removeprefix(".")


def json_path(steps: Iterable[ir.PathSegment | ir.Query]) -> str:
    """Return steps as a JSONPath."""
    return "$" + "".join(map(_step, steps))


def _step(step: ir.PathSegment | ir.Query) -> str:
    match step:
        case ir.Each.ELEMENT:
            return "[*]"
        case int():
            return f"[{step}]"
        case str() if _NAME.fullmatch(step):
            return f".{step}"
        case ir.Query(text=text):
            return text.removeprefix("$")
        case str():
            return f"[{json.dumps(step, ensure_ascii=False)}]"
        case _:
            assert_never(step)


def type_words(type_: ir.Type) -> str:
    """Return the name of a type, such as `array of {name: string, size?: integer}`."""
    match type_:
        case ir.Primitive():
            return type_.value
        case ir.Anything():
            return "any"
        case ir.Bytes():
            return "bytes"
        case ir.Array(items=ir.Anything()):
            return "array"
        case ir.Array(items=items):
            return f"array of {type_words(items)}"
        case ir.Object(fields=(), others=None):
            return "object"
        case ir.Object():
            return f"{{{', '.join(_fields(type_))}}}"
        case ir.OneOf() | ir.Matching() | ir.Refined() | ir.Nullable() | ir.Union():
            return _restricted_words(type_)
        case _:
            assert_never(type_)


def _restricted_words(type_: ir.RestrictedType) -> str:
    match type_:
        case ir.OneOf(base=base, values=values):
            return f"{base.value} of {', '.join(map(json.dumps, values))}"
        case ir.Matching(pattern=pattern):
            return f"string like {pattern}"
        case ir.Refined(base=base):
            return " ".join((type_words(base), *_facts(type_)))
        case ir.Nullable(base=base):
            return f"{type_words(base)} or null"
        case ir.Union(types=types):
            return " or ".join(dict.fromkeys(map(type_words, types)))
        case _:
            assert_never(type_)


def _fields(type_: ir.Object) -> Iterator[str]:
    for field in type_.fields:
        mark = "" if field.required else "?"
        yield f"{field.name}{mark}: {type_words(field.type)}"
    if type_.others is not None:
        yield f"…: {type_words(type_.others)}"


def _facts(type_: ir.Refined) -> Iterator[str]:
    """Yield the format of a type, its limits, and the upstream's default."""
    if type_.format is not None:
        yield f"({type_.format})"
    yield from (f"{limit} {bound}" for limit, bound in type_.limits)
    if type_.default is not None:
        yield f"(the API assumes {type_.default.text})"
