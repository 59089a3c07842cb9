"""Messages and enums of Protocol Buffers as descriptors, yet with the typed names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.language.protobuf.tokens import ProtobufError

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.language.protobuf.tokens import Tokens

    Descriptor = dict[str, Plain]

DEEPEST = 50
MOST_NUMBER = 2**29 - 1
_RESERVED = range(19_000, 20_000)
_LABELS = ("optional", "required", "repeated")
_KEYS = frozenset(
    (
        *("int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32"),
        *("fixed64", "sfixed32", "sfixed64", "bool", "string"),
    )
)
_ENDLESS = re.compile(r"-?(?:inf|nan)")


@dataclass(frozen=True)
class Scope:
    """The syntax of a file, and how deeply a message is nested in others."""

    syntax: str
    depth: int = 0

    def inside(self) -> Scope:
        """Return the scope of a message in a message."""
        if self.depth == DEEPEST:
            raise ProtobufError("messages are nested too deeply")
        return Scope(self.syntax, self.depth + 1)


@dataclass
class _Message:
    """A message that is being read."""

    name: str
    fields: list[Descriptor] = field(default_factory=list)
    nested: list[Descriptor] = field(default_factory=list)
    enums: list[Descriptor] = field(default_factory=list)
    oneofs: list[str] = field(default_factory=list)
    optionals: list[Descriptor] = field(default_factory=list)
    """Fields of proto3 with `optional`, which are oneofs of their own."""

    def descriptor(self) -> Descriptor:
        """Return the message; raises ProtobufError if names or numbers are double."""
        for at, optional in enumerate(self.optionals, len(self.oneofs)):
            optional["oneof_index"] = at
        own = [f"_{optional['name']}" for optional in self.optionals]
        _check(self.name, self.fields, "number")
        _check_names(self.name, self)
        parts: Descriptor = {
            "field": [*self.fields],
            "nested_type": [*self.nested],
            "enum_type": [*self.enums],
            "oneof_decl": [{"name": name} for name in (*self.oneofs, *own)],
        }
        return {"name": self.name, **{k: part for k, part in parts.items() if part}}


def message(tokens: Tokens, scope: Scope) -> Descriptor:
    """Return a message; raises ProtobufError."""
    tokens.expect("message")
    draft = _Message(tokens.name())
    tokens.expect("{")
    while not tokens.take("}"):
        _member(tokens, draft, scope)
    return draft.descriptor()


def _member(tokens: Tokens, draft: _Message, scope: Scope) -> None:
    match tokens.next.text:
        case ";":
            tokens.expect(";")
        case "option" | "reserved" | "extensions":
            tokens.skip()
        case "extend":
            tokens.skip("}")
        case "message":
            draft.nested.append(message(tokens, scope.inside()))
        case "enum":
            draft.enums.append(enum(tokens, scope))
        case "oneof":
            _oneof(tokens, draft, scope)
        case "map":
            _map(tokens, draft)
        case _:
            _read_labelled_field(tokens, draft, scope)


def _read_labelled_field(tokens: Tokens, draft: _Message, scope: Scope) -> None:
    is_three = scope.syntax == "proto3"
    word = tokens.next.text
    label = word if tokens.take(*_LABELS) else None
    if label == ("required" if is_three else None):
        raise tokens.fault()
    descriptor = _field(tokens, label or "optional")
    draft.fields.append(descriptor)
    if is_three and label == "optional":
        descriptor["proto3_optional"] = True
        draft.optionals.append(descriptor)


def _oneof(tokens: Tokens, draft: _Message, _: Scope) -> None:
    tokens.expect("oneof")
    draft.oneofs.append(tokens.name())
    tokens.expect("{")
    while not tokens.take("}"):
        if tokens.take("option"):
            tokens.skip()
        elif not tokens.take(";"):
            descriptor = _field(tokens, "optional")
            draft.fields.append({**descriptor, "oneof_index": len(draft.oneofs) - 1})


def _field(tokens: Tokens, label: str) -> Descriptor:
    if tokens.next.text == "group":
        raise ProtobufError(f"line {tokens.next.line}: groups aren't supported")
    kind = tokens.pop("name")
    name, number, default = _rest(tokens)
    descriptor = _field_descriptor(name, number, f"LABEL_{label.upper()}", kind)
    return {**descriptor, **default}


def _field_descriptor(name: str, number: int, label: str, kind: str) -> Descriptor:
    return {"name": name, "number": number, "label": label, "type": kind}


def _rest(tokens: Tokens) -> tuple[str, int, Descriptor]:
    """Return the name of a field, its number and its default value."""
    name = tokens.name()
    tokens.expect("=")
    number = tokens.integer()
    if not 1 <= number <= MOST_NUMBER or number in _RESERVED:
        raise ProtobufError(f"line {tokens.next.line}: {number} is no field number")
    default = _options(tokens) if tokens.take("[") else None
    tokens.expect(";")
    return name, number, {} if default is None else {"default_value": default}


def _options(tokens: Tokens) -> str | None:
    """Pass over the options of a field, and return its default value."""
    default = None
    while True:
        is_default = tokens.next.text == "default"
        if tokens.take("("):
            tokens.pop("name")
            tokens.expect(")")
        if tokens.next.text != "=":
            tokens.pop("name")
        tokens.expect("=")
        value = _constant(tokens)
        default = value if is_default else default
        if tokens.take("]"):
            return default
        tokens.expect(",")


def _constant(tokens: Tokens) -> str | None:
    if tokens.next.text == "{":
        tokens.skip("}")
        return None
    if tokens.next.kind == "text":
        texts = [tokens.pop("text")[1:-1]]
        while tokens.next.kind == "text":
            texts.append(tokens.pop("text")[1:-1])
        return "".join(texts)
    sign = "-" if tokens.take("-") else ""
    kind = tokens.next.kind
    word = tokens.pop("number" if kind == "number" else "name")
    return None if _ENDLESS.fullmatch(word) else f"{sign}{word}"


def _map(tokens: Tokens, draft: _Message) -> None:
    tokens.expect("map")
    tokens.expect("<")
    key = tokens.name()
    if key not in _KEYS:
        raise ProtobufError(
            f"line {tokens.next.line}: the keys of a map have another type"
        )
    tokens.expect(",")
    value = tokens.pop("name")
    tokens.expect(">")
    name, number, _ = _rest(tokens)
    entry = "".join(word[:1].upper() + word[1:] for word in name.split("_")) + "Entry"
    draft.fields.append(_field_descriptor(name, number, "LABEL_REPEATED", entry))
    optional = "LABEL_OPTIONAL"
    draft.nested.append(
        {
            "name": entry,
            "field": [
                _field_descriptor("key", 1, optional, key),
                _field_descriptor("value", 2, optional, value),
            ],
            "options": {"map_entry": True},
        }
    )


def enum(tokens: Tokens, scope: Scope) -> Descriptor:
    """Return an enum; raises ProtobufError."""
    tokens.expect("enum")
    name = tokens.name()
    tokens.expect("{")
    values: list[Descriptor] = []
    while not tokens.take("}"):
        if tokens.take("option", "reserved"):
            tokens.skip()
        elif not tokens.take(";"):
            values.append(_enum_value(tokens))
    if not values or (scope.syntax == "proto3" and values[0]["number"] != 0):
        raise ProtobufError(f"the first value of the enum {name!r} isn't 0")
    numbers = {value["number"] for value in values}
    options: Descriptor = {"options": {"allow_alias": True}}
    is_aliased = len(numbers) < len(values)
    return {"name": name, "value": [*values], **(options if is_aliased else {})}


def _enum_value(tokens: Tokens) -> Descriptor:
    name = tokens.name()
    tokens.expect("=")
    number = tokens.integer()
    if not -(2**31) <= number < 2**31:
        raise ProtobufError(f"{name!r} has a number of more than 32 bits")
    if tokens.take("["):
        _options(tokens)
    tokens.expect(";")
    return {"name": name, "number": number}


def _check(owner: str, parts: list[Descriptor], key: str) -> None:
    values = [part[key] for part in parts]
    if len(set(map(str, values))) < len(values):
        raise ProtobufError(f"{owner!r} has a {key} twice")


def _check_names(owner: str, draft: _Message) -> None:
    names: list[Descriptor] = [*draft.fields, *draft.nested, *draft.enums]
    names += [{"name": name} for name in draft.oneofs]
    names += [{"name": f"_{optional['name']}"} for optional in draft.optionals]
    names += enum_values(draft.enums)
    _check(owner, names, "name")


def enum_values(enums: list[Descriptor]) -> list[Descriptor]:
    """Return the values of enums, whose names stand beside those of the enums."""
    all_values: list[Descriptor] = []
    for descriptor in enums:
        values = descriptor["value"]
        if isinstance(values, list):
            all_values += [value for value in values if isinstance(value, dict)]
    return all_values
