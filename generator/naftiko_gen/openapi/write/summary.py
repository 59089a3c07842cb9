"""What callers are told of a value: its description, its choices, its members.

The language has a type for a value, and none for what is in it; so that is said in
words, which is what a model that calls a tool reads anyway.
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


def described(text: str, shape: Shape) -> str:
    """Return a description with the facts of a simple value behind it."""
    facts = "; ".join((*_types(shape), *_facts(shape)))
    return _with_facts(text, facts)


def _with_facts(text: str, facts: str) -> str:
    said = sentence(text)
    if not facts:
        return text
    return f"{said} {facts[0].upper()}{facts[1:]}." if text else _capital(facts)


def outlined(text: str, shape: Shape) -> str:
    """Return a description with a line for each member, and for theirs."""
    lines = list(_members(shape, 0))
    if not lines:
        return described(text, shape)
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
    held = shape.items if shape.items and not shape.members else shape
    for member in held.members if depth < _DEEPEST else ():
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
