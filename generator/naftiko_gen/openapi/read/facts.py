"""Read the restrictions of a schema's own values, their default and their XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.language.models import Kind
from naftiko_gen.language.patterns import PatternError, sample_of
from naftiko_gen.openapi.prose import brief, line
from naftiko_gen.openapi.read.examples import schema_example
from naftiko_gen.openapi.read.references import References
from naftiko_gen.syntax.tree import Mapping, Node, Scalar

Choice = str | int | float | bool
_CHOICES = 200
_SHOWN_CHOICES = 40
_LONGEST_COUNT = 100_000
# Larger bounds are those of the number's format, such as int64.
_LARGEST_BOUND = 2**53
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems")
_BOUNDS = (
    ("minimum", "exclusiveMinimum"),
    ("maximum", "exclusiveMaximum"),
)

_FORMAT = re.compile(r"[!-~]{1,40}")
# These formats add nothing to the type.
_PLAIN_FORMATS = frozenset({"int32", "int64", "float", "double", "string", "binary"})


@dataclass(frozen=True)
class Facts:
    """Restrictions of a value, and its default.

    Attributes:
        choices: The possible values; empty if all values of the type are.
        default: The default as JSON, or an empty text.
        pattern: A regular expression that packages can match.
        limits: Limits by their keys in JSON Schema, with positive bounds for lengths.
        words: Parts of a sentence that say further facts.
        example: A value as JSON, or an empty text. It restricts nothing.
    """

    choices: tuple[Choice, ...] = ()
    default: str = ""
    format: str = ""
    pattern: str = ""
    limits: tuple[tuple[str, int | float], ...] = ()
    words: tuple[str, ...] = ()
    example: str = field(default="", compare=False)

    def merge(self, other: Facts) -> Facts:
        """Return the facts of a value with both; these take precedence."""
        return Facts(
            self.choices or other.choices,
            self.default or other.default,
            self.format or other.format,
            self.pattern or other.pattern,
            tuple((dict(other.limits) | dict(self.limits)).items()),
            tuple(dict.fromkeys((*self.words, *other.words))),
            self.example or other.example,
        )

    def unite(self, other: Facts) -> Facts:
        """Return the facts of a value with one or the other: those that both have."""
        is_listed = self.choices and other.choices
        choices = tuple(dict.fromkeys((*self.choices, *other.choices)))
        return Facts(
            choices if is_listed and len(choices) <= _CHOICES else (),
            self.default if self.default == other.default else "",
            self.format if self.format == other.format else "",
            self.pattern if self.pattern == other.pattern else "",
            tuple(limit for limit in self.limits if limit in other.limits),
            tuple(word for word in self.words if word in other.words),
            self.example or other.example,
        )


NO_FACTS = Facts()


def read_facts(schema: Mapping, kind: Kind | None) -> Facts:
    """Return the facts of a schema, whose values are of a type."""
    choices = tuple(_choices(schema, kind))
    pattern = schema.text("pattern") or ""
    is_usable = _is_usable(pattern)
    form = line(schema.text("format") or "")
    return Facts(
        choices if len(choices) <= _CHOICES else (),
        _default(schema),
        form if _FORMAT.fullmatch(form) and form not in _PLAIN_FORMATS else "",
        pattern if is_usable else "",
        tuple(_limits(schema)),
        tuple(_words(schema, choices, "" if is_usable else pattern)),
        schema_example(schema, kind),
    )


def kind_of_choices(schema: Mapping) -> Kind | None:
    """Return the type of a schema's choices, None if they have several types."""
    kinds = {_kind_of(node) for node in _values(schema)}
    return kinds.pop() if len(kinds) == 1 else None


def has_null_choice(schema: Mapping) -> bool:
    """Return whether null is among the choices of a schema."""
    return any(isinstance(n, Scalar) and n.value is None for n in _choice_nodes(schema))


def choices_in_words(choices: Sequence[Plain]) -> str:
    """Return a part of a sentence that lists choices, the first ones of many."""
    words = ", ".join(map(_shown_choice, choices[:_SHOWN_CHOICES]))
    more = ", …" if len(choices) > _SHOWN_CHOICES else ""
    return f"one of {words}{more}"


def _shown_choice(choice: Plain) -> str:
    match choice:
        case str():
            return brief(choice, 60) if choice else '""'
        case list() | dict():
            return brief(json.dumps(choice), 60)
        case _:
            return quote(choice)


def _choice_nodes(schema: Mapping) -> tuple[Node, ...]:
    always = schema.get("const")
    return schema.items("enum") if always is None else (always,)


def _values(schema: Mapping) -> list[Node]:
    """Return the choices of a schema except null."""
    nodes = _choice_nodes(schema)
    return [n for n in nodes if not (isinstance(n, Scalar) and n.value is None)]


def _kind_of(node: Node) -> Kind | None:
    match node:
        case Scalar(value=bool()):
            return "boolean"
        case Scalar(value=str()):
            return "string"
        case Scalar(value=int()):
            return "integer"
        case Scalar(value=float()):
            return "number"
        case _:
            return None


def _choices(schema: Mapping, kind: Kind | None) -> Iterator[Choice]:
    """Yield the choices of a schema if all of them are of its type."""
    choices = [_choice(node, kind) for node in _values(schema)]
    if None not in choices:
        yield from dict.fromkeys(choice for choice in choices if choice is not None)


def _choice(node: Node, kind: Kind | None) -> Choice | None:
    """Return a choice as a value of a type; texts as they were typed."""
    if not isinstance(node, Scalar) or node.value is None:
        return None
    own = _kind_of(node)
    if own == kind or (kind, own) == ("number", "integer"):
        return node.value
    return (node.typed or str(node.value)) if kind == "string" else None


def _default(schema: Mapping) -> str:
    node = schema.get("default")
    value = node.plain() if node is not None else None
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _is_usable(pattern: str) -> bool:
    """Return whether packages can match a pattern."""
    try:
        sample_of(pattern)
    except PatternError:
        return False
    return True


def _limits(schema: Mapping) -> Iterator[tuple[str, int | float]]:
    for key, exclusive in _BOUNDS:
        bound, beyond = _number(schema.get(key)), _number(schema.get(exclusive))
        is_beyond = schema.is_true(exclusive)
        if bound is not None:
            yield (exclusive if is_beyond else key), bound
        if beyond is not None:
            yield exclusive, beyond
    for key in _COUNTS:
        count = _number(schema.get(key))
        least = 1 if key.startswith("min") else 0
        if isinstance(count, int) and least <= count <= _LONGEST_COUNT:
            yield key, count


def _number(node: Node | None) -> int | float | None:
    value = node.value if isinstance(node, Scalar) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return value if abs(value) < _LARGEST_BOUND else None


def _words(schema: Mapping, choices: tuple[Choice, ...], pattern: str) -> Iterator[str]:
    nodes = _values(schema)
    if len(choices) > _CHOICES:
        yield choices_in_words(choices)
    elif nodes and not choices:
        yield choices_in_words([node.plain() for node in nodes[:_SHOWN_CHOICES]])
    if pattern:
        yield f"matches {brief(pattern, 100)}"
    multiple = _number(schema.get("multipleOf"))
    if multiple is not None and multiple not in (0, 1):
        yield f"a multiple of {quote(multiple)}"


@dataclass(frozen=True)
class Xml:
    """The form of a value in XML.

    Attributes:
        name: The name of its element or attribute; empty if it is that of the property.
        is_attribute: Whether it is an attribute of the object that has it.
        is_wrapped: Whether an element is around the items of a list.
    """

    name: str = ""
    prefix: str = ""
    namespace: str = ""
    is_attribute: bool = False
    is_wrapped: bool = False


PLAIN_XML = Xml()


def read_xml(schema: Mapping, references: References) -> Xml:
    """Return the form of a schema's values."""
    node = references.mapping(schema.get("xml"))
    if node is None:
        return PLAIN_XML
    # OpenAPI 3.2 has `nodeType` in place of the two flags.
    kind = node.text("nodeType")
    is_list = schema.text("type") == "array"
    return Xml(
        node.text("name") or "",
        node.text("prefix") or "",
        node.text("namespace") or "",
        node.is_true("attribute") or kind == "attribute",
        node.is_true("wrapped") or (is_list and kind == "element"),
    )


def schema_name(node: Node | None) -> str:
    """Return the name that a reference gives a schema, or the items of a list."""
    if not isinstance(node, Mapping):
        return ""
    reference = node.text("$ref")
    if reference is None:
        return schema_name(node.get("items"))
    return reference.rpartition("/")[2]
