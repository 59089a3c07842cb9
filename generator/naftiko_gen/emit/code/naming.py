"""Names of Python and of the environment, made from those of a document."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.reserved import (
    BUILTINS,
    COMMANDS,
    DEPENDENCIES,
    KEYWORDS,
    NEIGHBOURS,
    STANDARD_LIBRARY,
    STARTUP,
)
from naftiko_gen.emit.literals import Code
from naftiko_gen.language.names import words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

_RESERVED_MODULES = KEYWORDS | STANDARD_LIBRARY | DEPENDENCIES | NEIGHBOURS | STARTUP
# `l` looks like 1, so linters refuse it.
_RESERVED_NAMES = KEYWORDS | BUILTINS | {"cls", "l", "self"}
_SHORTEST_DIGEST = 3
_REMEMBERED = 1_024
"""So many names are made once for all views that have them."""


def module_name(slug: str) -> Code:
    """Return a slug's importable name, `api_` in front of one that isn't free."""
    name = slug.replace("-", "_")
    # `test_rest` would be the module of a test in the project.
    is_odd = not name or name[0].isdigit() or name.startswith("test_")
    if is_odd or name in _RESERVED_MODULES or slug in COMMANDS:
        name = f"api_{name}"
    return Code(name, name)


def distribution_name(slug: str) -> str:
    """Return what a slug's distribution and its console script are called.

    They are called like the module, so neither takes the place of another program.
    """
    return str(module_name(slug)).replace("_", "-")


@lru_cache(maxsize=_REMEMBERED)
def identifier(wire_name: str) -> str:
    """Return a name for a variable, parameter or function: `page[size]` is `page_size`.

    Letters of other scripts are left out, accents too. A reserved name gets `_` behind
    it, one with a digit in front `_` before it.
    """
    return _free("_".join(words(wire_name)).lower())


def type_name(wire_name: str) -> str:
    """Return a name for a class, made like an `identifier`: `PageSize`.

    One with a digit in front gets `Api` before it: a class isn't private by its name.
    """
    name = "".join(word.capitalize() for word in words(wire_name))
    return _free(f"Api{name}" if name[:1].isdigit() else name)


def assign(
    wire_names: Iterable[str],
    *,
    reserved: Collection[str] = (),
    style: Callable[[str], str] = identifier,
) -> dict[str, Code]:
    """Give each wire name a Python name of its own, whatever their order.

    A name that is `reserved` gets `_` behind it. Of the wire names that would share a
    name, the one that is spelt like it keeps it; the others get a piece of their own
    digest behind it, so that no name depends on how many others there are.
    """
    wanted = {name: _unreserved(style(name), reserved) for name in wire_names}
    sharers = Counter(wanted.values())
    kept = {
        wire: name
        for wire, name in wanted.items()
        if sharers[name] == 1 or name == wire
    }
    chosen = kept
    if len(kept) < len(wanted):
        taken = {*wanted.values(), *reserved}
        chosen = kept | _told_apart(wanted, kept, style, taken)
    return {wire: Code(chosen[wire], chosen[wire]) for wire in wanted}


def _told_apart(
    wanted: Mapping[str, str],
    kept: Mapping[str, str],
    style: Callable[[str], str],
    taken: set[str],
) -> dict[str, str]:
    """Return names for those that can't keep theirs; what they get is taken then."""
    chosen = {}
    for wire in sorted(wanted.keys() - kept.keys()):
        chosen[wire] = _distinct(wire, wanted[wire], style, taken)
        taken.add(chosen[wire])
    return chosen


def _free(name: str) -> str:
    if name[0].isdigit():
        return f"_{name}"
    return f"{name}_" if name in _RESERVED_NAMES else name


def _unreserved(name: str, reserved: Collection[str]) -> str:
    while name in reserved:
        name += "_"
    return name


def _distinct(
    wire_name: str, name: str, style: Callable[[str], str], taken: Collection[str]
) -> str:
    digest = hashlib.sha256(wire_name.encode(errors="surrogatepass")).hexdigest()
    lengths = range(_SHORTEST_DIGEST, len(digest) + 1)
    names = (style(f"{name} {digest[:length]}") for length in lengths)
    return next(name for name in names if name not in taken)
