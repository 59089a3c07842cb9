"""Describe a value in words: its description, and facts that no declaration has."""

from __future__ import annotations

from collections.abc import Iterator

from naftiko_gen.openapi.prose import brief, few_sentences, line, sentence
from naftiko_gen.openapi.read.facts import Facts, choices_in_words
from naftiko_gen.openapi.read.shapes import Member, Shape

_DEEPEST = 3
_LINES = 30
_NAMES = 20
_TEXT = 100
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


def describe(text: str, shape: Shape) -> str:
    """Return a description, followed by the facts that can't be declared."""
    return _with_facts(text, shape.facts.words)


def tell(text: str, shape: Shape) -> str:
    """Return a description, followed by all facts about a value that isn't declared.

    Its members get a line each, also nested ones.
    """
    lines = list(_members(shape, 0))
    if not lines:
        items = (f"each {fact}" for fact in _facts_of_items(shape))
        return _with_facts(text, (*items, *_facts(shape.facts)))
    first_lines = [*lines[:_LINES], "- …"] if len(lines) > _LINES else lines
    head = sentence(line(text)) if "\n" not in text else text
    return "\n".join([head, *first_lines] if head else first_lines)


def members_in_words(shape: Shape) -> str:
    """Return a sentence that names the members of an object, or of an array's items."""
    start = "It has" if shape.members else "Each has"
    owner = shape if shape.members else shape.items or shape
    names = [brief(m.name, 64) for m in owner.members if not m.shape.is_read_only]
    more = ", …" if len(names) > _NAMES else ""
    return f"{start} {', '.join(names[:_NAMES])}{more}." if names else ""


def _with_facts(text: str, facts: tuple[str, ...]) -> str:
    clauses = "; ".join(facts)
    if not clauses:
        return text
    capital = f"{clauses[:1].upper()}{clauses[1:]}."
    return f"{sentence(text)} {capital}" if text else capital


def _facts_of_items(shape: Shape) -> Iterator[str]:
    if shape.items:
        if shape.items.kind not in (None, "string"):
            yield f"of type {shape.items.kind}"
        yield from _facts(shape.items.facts)


def _facts(facts: Facts) -> Iterator[str]:
    """Yield all facts as parts of a sentence."""
    if facts.choices:
        yield choices_in_words(facts.choices)
    if facts.default:
        default = facts.default.strip('"')
        yield f"default {brief(default, 60)}"
    if facts.format:
        yield f"format {facts.format}"
    if facts.pattern:
        yield f"matches {brief(facts.pattern, 100)}"
    for key, bound in facts.limits:
        yield _LIMITS[key].format(bound)
    yield from facts.words


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
    suffix = ", required" if member.required else ""
    head = f"{brief(member.name, 64)} ({' '.join(marks)}{suffix})"
    tail = _with_facts(
        few_sentences(shape.description, _TEXT), tuple(_facts(shape.facts))
    )
    return f"{head}: {tail}" if tail else head
