"""Credentials as arguments of `Upstream`."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir import (
    Argument,
    Basic,
    Bearer,
    Constant,
    HeaderKey,
    Joined,
    QueryKey,
    Setting,
)
from naftiko_gen.literals import Code, fill, fstring, py

if TYPE_CHECKING:
    from naftiko_gen.imports import Imports
    from naftiko_gen.ir import Credential, Text
    from naftiko_gen.targets.names import Names


def credential_argument(credential: Credential, names: Names, imports: Imports) -> Code:
    """Return the keyword and the value: a name, and text made of `settings`."""
    match credential:
        case Bearer(token=token):
            value = _text(("Bearer ", token), names)
            return fill('credential=("Authorization", {})', value)
        case Basic(username=username, password=password):
            imports.add("._upstream", "basic")
            pair = _text((username,), names), _text((password,), names)
            return fill('credential=("Authorization", basic({}, {}))', *pair)
        case HeaderKey(name=name, value=value):
            return fill("credential=({}, {})", py(name), _text((value,), names))
        case QueryKey(name=name, value=value):
            return fill("query_credential=({}, {})", py(name), _text((value,), names))
        case _:
            assert_never(credential)


def _text(parts: tuple[str | Text, ...], names: Names) -> Code:
    flat = [piece for part in parts for piece in _pieces(part, names)]
    match flat:
        case [Code() as only]:
            return only
        case _:
            return fstring(flat)


def _pieces(part: str | Text | Argument, names: Names) -> list[str | Code]:
    """Return literal text and expressions."""
    match part:
        case str():
            return [part]
        case Constant(value=value):
            return [str(value)]
        case Setting(variable=variable):
            return [fill("settings.{}", names.setting(variable))]
        case Joined(parts=parts):
            return [piece for inner in parts for piece in _pieces(inner, names)]
        case Argument(source=source):
            raise TypeError(f"a credential refers to the argument {source.name!r}")
        case _:
            assert_never(part)
