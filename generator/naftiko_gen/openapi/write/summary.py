"""Describe a value for clients: its description, its choices and its members.

The language can declare a value's type, but not its parts. So the description lists
them, which is also the text that a model reads when it calls a tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.openapi.write.prose import brief, line, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.openapi.read.shapes import Member, Shape

_DEEPEST = 3
_LINES = 60
_TEXT = 200


def describe(text: str, shape: Shape) -> str:
    """Return a description, followed by the facts about a simple value."""
    facts = "; ".join((*_types(shape), *_facts(shape)))
    return _with_facts(text, facts)


def _with_facts(text: str, facts: str) -> str:
    start = sentence(text)
    if not facts:
        return text
    return f"{start} {facts[0].upper()}{facts[1:]}." if text else _capital(facts)


def outline(text: str, shape: Shape) -> str:
    """Return a description, followed by a line for each member, also nested ones."""
    lines = list(_members(shape, 0))
    if not lines:
        return describe(text, shape)
    cut = [*lines[:_LINES], "- …"] if len(lines) > _LINES else lines
    head = sentence(line(text)) if "\n" not in text else text
    return "\n".join([head, *cut] if head else cut)


def _types(shape: Shape) -> Iterator[str]:
    if shape.items and shape.items.kind not in (None, "string"):
        yield f"each of type {shape.items.kind}"


def _facts(shape: Shape) -> Iterator[str]:
    if shape.items:
        yield from (f"each {fact}" for fact in shape.items.facts)
    yield from shape.facts


def _members(shape: Shape, depth: int) -> Iterator[str]:
    parent = shape.items if shape.items and not shape.members else shape
    for member in parent.members if depth < _DEEPEST else ():
        if not member.shape.is_read_only:
            yield f"{'  ' * depth}- {_line(member)}"
            yield from _members(member.shape, depth + 1)


def _line(member: Member) -> str:
    shape = member.shape
    kind: str = shape.kind or "any type"
    if shape.kind == "array" and shape.items and shape.items.kind:
        kind = f"array of {shape.items.kind}"
    marks = [kind, *(["or null"] if shape.is_nullable else [])]
    needed = ", required" if member.required else ""
    head = f"{brief(member.name, 64)} ({' '.join(marks)}{needed})"
    tail = _with_facts(brief(shape.description, _TEXT), "; ".join(_facts(shape)))
    return f"{head}: {tail}" if tail else head


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
