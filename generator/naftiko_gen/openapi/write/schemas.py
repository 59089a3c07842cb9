"""Write the restrictions of inputs, and of their parts, in the keys of the language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from naftiko_gen import ir
from naftiko_gen.language.models import Kind
from naftiko_gen.openapi.prose import cut, few_sentences
from naftiko_gen.openapi.read.facts import Facts
from naftiko_gen.openapi.read.shapes import Member, Shape
from naftiko_gen.openapi.write.summary import describe, members_in_words, tell
from naftiko_gen.resolve.types import LIMIT_KEYS, sample_within
from naftiko_gen.syntax.yaml_writer import EMPTY, Block, Value

Members = Callable[[Shape], tuple[Member, ...]]
"""Returns the members of an object that are written."""

_LEVELS = (3, 2, 1)
"""The levels of members that have declarations; deeper ones are said in words."""
_INPUT_PARTS = 150
"""An input with more parts has declarations of fewer levels."""
_VARIANTS = 10
_INPUT_TEXT = 600
_TEXT = 200
EXAMPLE = "example"
_EXAMPLE = 40
"""The most characters of an example, as JSON."""
_SECRET = re.compile(
    "password|passwd|passphrase|secret|credential|authoriz|signature|privatekey|apikey"
    "|accesskey|token$|^key$|^pin$|^cvv|^cvc|cardnumber"
)
"""Parts of names of secrets, without punctuation."""
_INSTANCES: dict[Kind, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True)
class Declaration:
    """The type of an input, None if it has several, its description and other keys."""

    kind: Kind | None
    text: str
    keys: Mapping[str, Value] = field(default_factory=dict)


def declare(text: str, shape: Shape, fallback: Kind = "string") -> Declaration:
    """Return the declaration of an input; `fallback` is the type of unknown values."""
    text = cut(text, _INPUT_TEXT)
    if has_variants(shape):
        return Declaration(None, describe(text, shape), _restrictions(shape))
    items = shape.items or shape
    if shape.is_binary or items.is_binary:
        return Declaration(shape.kind or "string", text)
    if shape.kind is None:
        return Declaration(fallback, tell(text, shape))
    return Declaration(shape.kind, describe(text, shape), _restrictions(shape))


def declare_text(text: str, shape: Shape) -> Declaration:
    """Return the declaration of an input that is sent as text, or as several texts."""
    is_scalar = all(
        variant.kind not in (None, "array", "object") for variant in shape.variants
    )
    if has_variants(shape) and not is_scalar:
        return Declaration(shape.kind or "string", tell(text, shape))
    return declare(text, shape)


def _restrictions(shape: Shape) -> dict[str, Value]:
    """Return the restrictions of an input, with as many levels as aren't too much."""
    block = _with_keys(Block(), shape, levels_of(shape, _INPUT_PARTS, _sent_members))
    return {entry.key: entry.value for entry in block.entries}


def _with_keys(block: Block, shape: Shape, levels: int) -> Block:
    for key, value in _keys(shape, levels):
        block.put(key, value)
    return block


def has_variants(shape: Shape) -> bool:
    """Return whether a shape becomes one of several types."""
    is_binary = any(variant.is_binary for variant in shape.variants)
    return 0 < len(shape.variants) <= _VARIANTS and not is_binary


def levels_of(shape: Shape, most: int, members: Members) -> int:
    """Return how many levels of a value are written, so that it has few parts."""
    counts = (len([*islice(parts(shape, n, members), most + 1)]) for n in _LEVELS)
    fitting = (n for n, count in zip(_LEVELS, counts, strict=True) if count <= most)
    return next(fitting, _LEVELS[-1])


def parts(shape: Shape, levels: int, members: Members) -> Iterator[Shape]:
    """Yield the parts of a value, down to a level."""
    if has_variants(shape):
        same_level: Iterable[Shape | None] = shape.variants
    else:
        same_level = (shape.items, shape.others)
        for member in members(shape) if levels else ():
            yield member.shape
            yield from parts(member.shape, levels - 1, members)
    for part in filter(None, same_level):
        yield part
        yield from parts(part, levels, members)


def _sent_members(shape: Shape) -> tuple[Member, ...]:
    """Return the members that clients may send."""
    return tuple(m for m in shape.members if not m.shape.is_read_only)


def _keys(shape: Shape, levels: int) -> Iterator[tuple[str, Value]]:
    """Yield the keys of a value, but for its type and its description."""
    if has_variants(shape):
        key = "oneOf" if shape.is_exclusive and _kinds_differ(shape) else "anyOf"
        yield key, [_part(variant, levels) for variant in shape.variants]
    elif shape.kind == "object":
        yield from _object_keys(shape, levels)
    elif shape.kind == "array":
        yield from _limits(shape.facts, shape.kind, ir.Array(ir.Anything()))
        yield "items", _part(shape.items, levels) if shape.items else None
    elif shape.kind is not None:
        yield from _scalar_keys(shape.facts, shape.kind)
    yield "apiDefault", _default(shape)
    yield EXAMPLE, _example(shape)


def _kinds_differ(shape: Shape) -> bool:
    """Return whether no value is of two of the variants."""
    kinds = ["number" if v.kind == "integer" else v.kind for v in shape.variants]
    return None not in kinds and len(set(kinds)) == len(kinds)


def _object_keys(shape: Shape, levels: int) -> Iterator[tuple[str, Value]]:
    members = _sent_members(shape) if levels else ()
    examples = _member_examples(shape) if levels else {}
    properties = Block()
    for member in members:
        shape_with_example = with_example(member.shape, examples.get(member.name, ""))
        part = _part(shape_with_example, levels - 1, member.required)
        if is_secret(member.name):
            part.entries = [entry for entry in part.entries if entry.key != EXAMPLE]
        properties.put(member.name, part)
    yield "properties", properties
    others = _part(shape.others, levels) if shape.others else Block()
    is_open = bool(members) and not shape.is_closed
    fallback: Value = (shape.invites_others or EMPTY) if is_open else None
    yield "additionalProperties", others if others.entries else fallback


def _scalar_keys(facts: Facts, kind: Kind) -> Iterator[tuple[str, Value]]:
    if facts.choices and kind != "boolean":
        yield "enum", list(facts.choices)
        return
    base: ir.Type = ir.Primitive(kind)
    if kind == "string" and facts.pattern:
        yield "pattern", facts.pattern
        base = ir.Matching(facts.pattern, "")
    if kind != "boolean":
        yield "format", facts.format or None
    yield from _limits(facts, kind, base)


def _limits(facts: Facts, kind: Kind, base: ir.Type) -> Iterator[tuple[str, Value]]:
    """Yield the limits that a type can have, if a value is within all of them."""
    own = [
        (key, bound) for key, bound in facts.limits if key in LIMIT_KEYS.get(kind, ())
    ]
    limits = tuple((ir.Limit(key), bound) for key, bound in own)
    counts = dict(own)
    least, most = counts.get("minItems", 0), counts.get("maxItems", 0)
    is_array = isinstance(base, ir.Array)
    is_possible = least <= most or "maxItems" not in counts
    if is_possible if is_array else sample_within(limits, base) is not None:
        yield from own


def _part(shape: Shape, levels: int, required: bool | None = None) -> Block:
    """Return the declaration of a part: an item, a member or a variant."""
    block = Block().put("type", None if has_variants(shape) else shape.kind)
    texts = (shape.description, *(variant.description for variant in shape.variants))
    about = next(filter(None, texts), "")
    text = few_sentences(describe(about, shape), _TEXT)
    if not levels and not has_variants(shape):
        text = " ".join(filter(None, (text, members_in_words(shape))))
    block.put("required", required or None).put("nullable", shape.is_nullable or None)
    block.put("description", text or None)
    _with_keys(block, shape, levels)
    # A mapping without keys would be no declaration.
    return block if block.entries or required is None else block.put("required", False)


def _default(shape: Shape) -> Value:
    """Return the default, if it is of the type and the language can have it."""
    if not shape.facts.default:
        return None
    value: Value = json.loads(shape.facts.default)
    variants = shape.variants if has_variants(shape) else (shape,)
    return value if any(_is_scalar_of(value, variant) for variant in variants) else None


def with_example(shape: Shape, example: str) -> Shape:
    """Return a shape with an example as JSON, unless it has one of its own."""
    facts = shape.facts
    if facts.example or not example:
        return shape
    return replace(shape, facts=replace(facts, example=example))


def _member_examples(shape: Shape) -> dict[str, str]:
    """Return the examples of members, as JSON, in the example of an object."""
    value = json.loads(shape.facts.example or "null")
    members = value if isinstance(value, dict) else {}
    return {name: json.dumps(m, ensure_ascii=False) for name, m in members.items()}


def _example(shape: Shape) -> Value:
    """Return the example if it is short, and says more than the type and the default.

    A list has one of scalars; the members of an object have examples of their own.
    """
    text, facts = shape.facts.example, shape.facts
    if not text or len(text) > _EXAMPLE or has_variants(shape) or facts.choices:
        return None
    value: Value = json.loads(text)
    is_usual_number = shape.kind in ("integer", "number") and facts.default
    is_telling = value not in (shape.kind, "") and facts.format != "uuid"
    if not is_telling or is_usual_number or shape.kind == "boolean":
        return None
    if text == facts.default:
        return None
    limits = tuple((ir.Limit(k), bound) for k, bound in facts.limits)
    items = value if isinstance(value, list) and value else [value]
    part = shape.items if isinstance(value, list) else shape
    is_default = part is not None and all(_is_scalar_of(item, part) for item in items)
    is_within = not limits or ir.are_kept(limits, value)
    return value if is_default and is_within else None


def is_secret(name: str) -> bool:
    """Return whether the name of a value says that it is a secret."""
    return _SECRET.search(re.sub(r"[\W_]", "", name).lower()) is not None


def _is_scalar_of(value: Value, shape: Shape) -> bool:
    """Return whether a value is of a scalar type, and listed if values are."""
    if shape.kind in (None, "array", "object"):
        return False
    is_of_kind = isinstance(value, _INSTANCES[shape.kind])
    choices = shape.facts.choices
    is_default = is_of_kind and isinstance(value, bool) == (shape.kind == "boolean")
    return is_default and (not choices or value in choices)
