"""Templates of the IR, from texts, JSON and structures with placeholders."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Plain, Report, Span
from naftiko_gen.language.expressions import Placeholder, template
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence
from naftiko_gen.syntax.tree import mapping as mapping_of

Fill = Callable[[Placeholder, Span], ir.Template]
"""Returns the template of a placeholder."""
Read = Callable[[str, Span], ir.Template]
"""Returns the template of a text in a structure."""


_COMMENTS = r"(\s|#.*\n)*"
_KEYWORD = r"(query|mutation|subscription|fragment)\b[^{]*\{"
_GRAPHQL = re.compile(rf"{_COMMENTS}(\{{(?!\s*\")|{_KEYWORD})")
_FIELDS = r"\{\s*(\w+[\s,]+)*\w+(\s*:\s*\w+)?\s*[({@]"
_SURE_GRAPHQL = re.compile(rf"{_COMMENTS}({_FIELDS}|{_KEYWORD})")
"""GraphQL that can't be another language, such as `{job="x"}`."""


def text_template(text: str, span: Span, fill: Fill) -> ir.Template:
    """Return the template of a text; a single placeholder keeps its value's type."""
    parts = tuple(
        ir.Constant(piece) if isinstance(piece, str) else fill(piece, span)
        for piece in template(text)
    )
    return parts[0] if len(parts) == 1 else as_string(parts)


def node_template(node: Node, read: Read) -> ir.Template:
    """Return the template of a structure; `read` returns those of its texts."""
    match node:
        case Scalar(value=str() as text):
            return read(text, node.span)
        case Scalar():
            return ir.Constant(node.value)
        case Sequence():
            return _array(tuple(node_template(item, read) for item in node.items))
        case Mapping():
            entries = ((e.key, node_template(e.value, read)) for e in node.entries)
            return object_template(entries)
        case _:
            assert_never(node)


def _array(items: tuple[ir.Template, ...]) -> ir.Template:
    constants = [item.value for item in items if isinstance(item, ir.Constant)]
    same = len(constants) == len(items)
    return ir.Constant(constants) if same else ir.ArrayTemplate(items)


def object_template(members: Iterable[tuple[str, ir.Template]]) -> ir.Template:
    """Return the template of an object; if all members are constants, a constant."""
    entries = tuple((k, as_graphql(v) if k == "query" else v) for k, v in members)
    constants = {k: v.value for k, v in entries if isinstance(v, ir.Constant)}
    same = len(constants) == len(entries)
    return ir.Constant(constants) if same else ir.ObjectTemplate(entries)


def as_graphql(template: ir.Template) -> ir.Template:
    """Return the text of a member `query` as GraphQL, if it looks like it."""
    match template:
        case ir.Joined(parts=(str() as start, *_) as parts) if _GRAPHQL.match(start):
            return ir.GraphQL(tuple(parts))
        case _:
            return template


def check_graphql(template: ir.Template, span: Span, report: Report) -> None:
    """Report GraphQL in which values aren't escaped."""
    if any(map(_is_loose_graphql, ir.walk(template))):
        message = "values in this GraphQL document aren't escaped"
        report.add(Code.UNESCAPED_GRAPHQL, message, span)


def _is_loose_graphql(template: ir.Template) -> bool:
    """Return whether GraphQL with placeholders is treated as plain text."""
    match template:
        case ir.GraphQL():
            return False
        case ir.Joined(parts=(str() as start, *_)):
            return _SURE_GRAPHQL.match(start) is not None
        case _:
            return False


def as_string(parts: tuple[ir.Template, ...]) -> ir.Constant | ir.Joined:
    """Join templates of texts into a string, even a single one."""
    pieces = tuple(chain.from_iterable(map(ir.text_pieces, parts)))
    texts = [piece for piece in pieces if isinstance(piece, str)]
    is_constant = len(texts) == len(pieces)
    return ir.Constant("".join(texts)) if is_constant else ir.Joined(pieces)


def constant_of(text: str, kind: ir.Type) -> ir.Constant:
    """Return the constant of a text, of that type if it can be read as one."""
    template = convert_constant(ir.Constant(text), kind)
    return template if isinstance(template, ir.Constant) else ir.Constant(text)


def convert_constant(template: ir.Template, kind: ir.Type) -> ir.Template:
    """Convert a constant to the parameter's type, if YAML's type differs.

    For a string, `3` becomes `"3"`; for an integer, `"3"` becomes 3.
    """
    match template, kind:
        case ir.Constant(value=bool() | int() | float() as value), ir.Primitive.STRING:
            return ir.Constant(ir.as_text(value))
        case ir.Constant(value=str() as text), ir.Primitive.INTEGER if _is_int(text):
            return ir.Constant(int(text))
        case ir.Constant(value=str() as text), ir.Primitive.NUMBER if _is_number(text):
            return ir.Constant(int(text) if _is_int(text) else float(text))
        case ir.Constant(value="true" | "false" as text), ir.Primitive.BOOLEAN:
            return ir.Constant(text == "true")
        case _:
            return template


def _is_int(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,300}", text) is not None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,300}(\.[0-9]+)?", text) is not None


_DEPTH = 64
_STRING_MARK = re.compile(r'\\.|"', re.DOTALL)
# No text of a spec holds a NUL, and JSON only as `\u0000`.
_BARE = "\0bare\0"
_HOLE = re.compile("\0(\\d+)\0")


def json_text(text: str, span: Span, fill: Fill) -> ir.Template | None:
    """Return the template of a JSON text, or None if it isn't JSON.

    A placeholder in a string is always a part of that string; any other placeholder
    is a JSON value.
    """
    pieces = template(text)
    placeholders = [piece for piece in pieces if isinstance(piece, Placeholder)]
    try:
        document = _node(_parse("".join(_mark_placeholders(pieces))), span)
    except (ValueError, RecursionError):
        return None

    def read(marked_text: str, span: Span) -> ir.Template:
        if marked_text.startswith(_BARE):
            return fill(placeholders[int(marked_text.removeprefix(_BARE))], span)
        parts = _HOLE.split(marked_text)
        templates = (
            fill(placeholders[int(part)], span) if i % 2 else ir.Constant(part)
            for i, part in enumerate(parts)
            if part
        )
        return as_string(tuple(templates))

    return node_template(document, read)


def json_value(text: str, span: Span) -> Plain:
    """Return the value of a JSON text without placeholders; None if it isn't JSON."""
    try:
        return _node(_parse(text), span).plain()
    except (ValueError, RecursionError):
        return None


def _mark_placeholders(pieces: tuple[str | Placeholder, ...]) -> Iterator[str]:
    """Yield the JSON with a marked number in place of each placeholder."""
    inside, number = False, 0
    for piece in pieces:
        if isinstance(piece, str):
            marks = _STRING_MARK.findall(piece)
            inside ^= marks.count('"') % 2 == 1
            yield piece
        else:
            yield f"\0{number}\0" if inside else f'"{_BARE}{number}"'
            number += 1


def _parse(text: str) -> Plain:
    if "\\u0000" in text:
        raise ValueError("it could be taken for a mark")
    decoder = json.JSONDecoder(
        parse_float=_finite, parse_constant=_refuse, strict=False
    )
    document: Plain = decoder.decode(text.strip())
    return document


def _finite(text: str) -> float:
    number = float(text)
    return number if number - number == 0 else _refuse(text)


def _refuse(text: str) -> float:
    raise ValueError(f"{text} isn't JSON")


def _node(value: Plain, span: Span, depth: int = 0) -> Node:
    """Return a value as a node; all parts have the span of the text."""
    if depth > _DEPTH:
        raise ValueError("it is nested too deeply")
    match value:
        case dict():
            members = {_key(k): _node(v, span, depth + 1) for k, v in value.items()}
            return mapping_of(members, span)
        case list():
            items = (_node(item, span, depth + 1) for item in value)
            return Sequence(tuple(items), span)
        case str():
            value.encode()
            return Scalar(value, span)
        case _:
            return Scalar(value, span)


def _key(key: str) -> str:
    if "\0" in key:
        raise ValueError("a key is a template")
    key.encode()
    return key
