"""Names that MCP clients accept, for tools and arguments whose own they refuse."""

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
    """Return what clients call each name that they would refuse.

    An alias is what is left of the name. Where that is the name or the alias of
    another, a piece of its digest is put behind it, so that the order doesn't matter
    and no name that clients accept ever changes.
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
    """Return inputs and the call that they feed, with other names for some inputs."""
    changed = {one: replace(one, name=names.get(one.name, one.name)) for one in inputs}
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
    """Return a tool's description that says what its aliases stand for."""
    if not names:
        return description
    pairs = "; ".join(f"`{alias}` is `{name}`" for name, alias in names.items())
    return f"{description}\n\n{pairs}."
