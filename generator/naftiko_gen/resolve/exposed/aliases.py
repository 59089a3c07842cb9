"""Aliases for tools and arguments whose names MCP clients refuse."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST_ARGUMENT = 64
LONGEST_TOOL = 128

_REFUSED = re.compile(r"[^A-Za-z0-9_.-]+")
_DIGEST = 6


def aliases(names: Iterable[str], longest: int) -> dict[str, str]:
    """Return an alias for each name that MCP clients refuse.

    An alias is the name with `_` for refused characters. If another name or alias is
    equal, a part of the name's digest is appended: then the order of names doesn't
    matter, and an accepted name never changes.
    """
    wanted = {name: _alias(name, longest) for name in names}
    sharers = Counter(wanted.values())
    return {
        name: alias if sharers[alias] == 1 else _distinct(alias, name, longest)
        for name, alias in wanted.items()
        if alias != name
    }


def _alias(name: str, longest: int) -> str:
    kept = _REFUSED.sub("_", name)
    if kept == name and 0 < len(name) <= longest:
        return name
    kept = kept.strip("_")
    is_lost = not kept or len(kept) > longest
    return _distinct(kept, name, longest) if is_lost else kept


def _distinct(alias: str, name: str, longest: int) -> str:
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:_DIGEST]
    start = alias[: longest - _DIGEST - 1] or "argument"
    return f"{start}_{digest}"


def renamed(
    inputs: tuple[ir.Input, ...], call: ir.Call, names: Mapping[str, str]
) -> tuple[tuple[ir.Input, ...], ir.Call]:
    """Return inputs and the call that they feed, with some inputs renamed."""
    changed = {
        source: replace(source, name=names.get(source.name, source.name))
        for source in inputs
    }
    arguments = tuple((p, _with(value, changed)) for p, value in call.arguments)
    return tuple(changed.values()), replace(call, arguments=arguments)


def _with(value: ir.Template, changed: Mapping[ir.Input, ir.Input]) -> ir.Template:
    match value:
        case ir.Argument(source=ir.Input() as source):
            return ir.Argument(changed[source])
        case ir.Joined(parts=parts):
            return replace(value, parts=tuple(_part(part, changed) for part in parts))
        case ir.ObjectTemplate(entries=entries):
            return ir.ObjectTemplate(tuple((k, _with(v, changed)) for k, v in entries))
        case ir.ArrayTemplate(items=items):
            return ir.ArrayTemplate(tuple(_with(item, changed) for item in items))
        case ir.Argument() | ir.Constant() | ir.Setting():
            return value
        case _:
            assert_never(value)


def _part(
    part: str | ir.Argument | ir.Setting, changed: Mapping[ir.Input, ir.Input]
) -> str | ir.Argument | ir.Setting:
    match part:
        case ir.Argument(source=ir.Input() as source):
            return ir.Argument(changed[source])
        case _:
            return part


def described(description: str, names: Mapping[str, str]) -> str:
    """Append the meanings of aliases to a tool's description."""
    if not names:
        return description
    pairs = "; ".join(f"`{alias}` is `{name}`" for name, alias in names.items())
    return f"{description}\n\n{pairs}."
