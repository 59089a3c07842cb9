"""Types of fields: the names that a file declares, and the types of the language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.language.protobuf.messages import enum_values
from naftiko_gen.language.protobuf.tokens import ProtobufError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Plain

    Descriptor = dict[str, Plain]

_INTEGERS = ("int32", "int64", "uint32", "uint64", "sint32", "sint64")
_FIXED = ("fixed32", "fixed64", "sfixed32", "sfixed64")
_SCALARS = frozenset(
    (*_INTEGERS, *_FIXED, "double", "float", "bool", "string", "bytes")
)
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "?": "?"}


def with_types(file: Descriptor, kinds: dict[str, Descriptor]) -> Descriptor:
    """Return a file whose fields have whole types; raises ProtobufError.

    `kinds` are the messages and enums that it declares or imports, by whole names.
    """
    resolver = _Resolver(kinds, str(file["syntax"]))
    return resolver.inside(file, str(file.get("package", "")))


def check_names(files: list[Descriptor]) -> None:
    """Raise ProtobufError if files declare a name twice."""
    names: list[str] = []
    packages: set[str] = set()
    for file in files:
        package = str(file.get("package", ""))
        words = package.split(".")
        packages |= {".".join(words[:end]) for end in range(1, len(words) + 1)}
        names += [name for name, _ in declared_types(file)]
        names += _values(file, package)
    if len(set(names)) < len(names) or packages.intersection(names):
        raise ProtobufError("a name is declared twice")


def declared_types(file: Descriptor) -> Iterator[tuple[str, Descriptor]]:
    """Yield the messages and enums of a file by their whole names."""
    yield from _inside(file, str(file.get("package", "")))


def _inside(owner: Descriptor, scope: str) -> Iterator[tuple[str, Descriptor]]:
    for key in ("message_type", "nested_type", "enum_type"):
        for descriptor in _descriptors(owner, key):
            name = f"{scope}.{descriptor['name']}".removeprefix(".")
            yield name, descriptor
            yield from _inside(descriptor, name)


def _values(owner: Descriptor, scope: str) -> Iterator[str]:
    """Yield the whole names of the values of enums."""
    for value in enum_values(_descriptors(owner, "enum_type")):
        yield f"{scope}.{value['name']}".removeprefix(".")
    for key in ("message_type", "nested_type"):
        for descriptor in _descriptors(owner, key):
            yield from _values(
                descriptor, f"{scope}.{descriptor['name']}".removeprefix(".")
            )


def _descriptors(owner: Descriptor, key: str) -> list[Descriptor]:
    value = owner.get(key)
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


@dataclass(frozen=True)
class _Resolver:
    """Resolver of the types of fields among declared messages and enums."""

    kinds: dict[str, Descriptor] = field(repr=False)
    syntax: str

    def inside(self, owner: Descriptor, scope: str) -> Descriptor:
        """Return a file or message whose fields have whole types."""
        descriptor = dict(owner)
        for key in ("message_type", "nested_type"):
            if key in owner:
                descriptor[key] = [
                    self.inside(inner, f"{scope}.{inner['name']}".removeprefix("."))
                    for inner in _descriptors(owner, key)
                ]
        if "field" in owner:
            descriptor["field"] = [
                self._field(f, scope) for f in _descriptors(owner, "field")
            ]
        return descriptor

    def _field(self, member: Descriptor, scope: str) -> Descriptor:
        kind = str(member["type"])
        descriptor = {k: v for k, v in member.items() if k != "default_value"}
        if kind in _SCALARS:
            descriptor["type"] = f"TYPE_{kind.upper()}"
            return {**descriptor, **_default(member, kind)}
        type_name, declaration = self._find(kind, scope)
        is_enum = "value" in declaration
        descriptor["type"] = "TYPE_ENUM" if is_enum else "TYPE_MESSAGE"
        descriptor["type_name"] = f".{type_name}"
        default = member.get("default_value")
        names = {value["name"] for value in _descriptors(declaration, "value")}
        if is_enum and default is not None and default in names:
            descriptor["default_value"] = default
        return descriptor

    def _find(self, name: str, scope: str) -> tuple[str, Descriptor]:
        """Return the message or enum of a name, from the innermost scope outwards."""
        if name.startswith("."):
            candidates = [name.removeprefix(".")]
        else:
            parts = scope.split(".") if scope else []
            scopes = (parts[:end] for end in range(len(parts), -1, -1))
            candidates = [".".join((*outer, name)) for outer in scopes]
        for candidate in candidates:
            if candidate in self.kinds:
                return candidate, self.kinds[candidate]
        raise ProtobufError(
            f"the type {name!r} is declared neither by it nor by a file that it imports"
        )


def _default(member: Descriptor, kind: str) -> Descriptor:
    """Return the default value of a field as a descriptor has it."""
    value = member.get("default_value")
    if not isinstance(value, str):
        return {}
    match kind:
        case "string":
            return {"default_value": _unescape(value)}
        case "bytes":
            return {"default_value": value}
        case "bool" if value in ("true", "false"):
            return {"default_value": value}
        case "float" | "double":
            return {"default_value": repr(float(value.rstrip("fF")))}
        case _ if kind in (*_INTEGERS, *_FIXED):
            return {"default_value": str(_integer(value))}
        case _:
            raise ProtobufError(f"a default isn't of the type {kind}")


def _integer(text: str) -> int:
    digits = text.removeprefix("-")
    try:
        number = int(digits, 8 if re.fullmatch("0[0-7]+", digits) else 0)
    except ValueError:
        raise ProtobufError("a default is no whole number") from None
    return -number if text.startswith("-") else number


def _unescape(text: str) -> str:
    def plain(escape: re.Match[str]) -> str:
        code = escape[0][1:]
        if code in _PLAIN:
            return _PLAIN[code]
        try:
            is_hex = code.startswith("x")
            return chr(int(code[1:], 16) if is_hex else int(code, 8))
        except ValueError:
            raise ProtobufError("a text has an unknown escape") from None

    return _ESCAPE.sub(plain, text)
