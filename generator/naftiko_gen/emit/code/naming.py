"""Derives Python names and distribution names from the names in a spec."""

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
# Linters refuse `l`, because it looks like 1.
_RESERVED_NAMES = KEYWORDS | BUILTINS | {"cls", "l", "self"}
_SHORTEST_DIGEST = 3
_CACHED_NAMES = 1_024
"""The number of names that `identifier` caches, because views share names."""


def module_name(slug: str) -> Code:
    """Return the module name of a slug, with the prefix `api_` if it is reserved."""
    name = slug.replace("-", "_")
    # A name like `test_rest` may be a test module of the project.
    is_unusable = not name or name[0].isdigit() or name.startswith("test_")
    if is_unusable or name in _RESERVED_MODULES or slug in COMMANDS:
        name = f"api_{name}"
    return Code(name, name)


def distribution_name(slug: str) -> str:
    """Return the name of a slug's distribution and console script.

    It is that of the module, so that neither of them shadows another program.
    """
    return str(module_name(slug)).replace("_", "-")


@lru_cache(maxsize=_CACHED_NAMES)
def identifier(wire_name: str) -> str:
    """Return a name for a variable, parameter or function: `page[size]` is `page_size`.

    Letters of other scripts and accents are omitted. A reserved name gets a trailing
    `_`, and a name with an initial digit a leading `_`.
    """
    return _avoid_reserved("_".join(words(wire_name)).lower())


def type_name(wire_name: str) -> str:
    """Return a name for a class, derived like an `identifier`: `PageSize`.

    A name with an initial digit gets the prefix `Api`, because a leading `_` would mark
    the class as private.
    """
    name = "".join(word.capitalize() for word in words(wire_name))
    return _avoid_reserved(f"Api{name}" if name[:1].isdigit() else name)


def assign(
    wire_names: Iterable[str],
    *,
    reserved: Collection[str] = (),
    style: Callable[[str], str] = identifier,
) -> dict[str, Code]:
    """Map each wire name to a unique Python name, independent of their order.

    A name in `reserved` gets a trailing `_`. If several wire names have the same Python
    name, the one that equals it keeps it. The others get a piece of their own digest as
    a suffix, so that no name depends on the number of others.
    """
    preferred_names = {
        name: _append_underscores(style(name), reserved) for name in wire_names
    }
    counts = Counter(preferred_names.values())
    plain_names = {
        wire: name
        for wire, name in preferred_names.items()
        if counts[name] == 1 or name == wire
    }
    names = plain_names
    if len(plain_names) < len(preferred_names):
        used_names = {*preferred_names.values(), *reserved}
        names = plain_names | _disambiguate(
            preferred_names, plain_names, style, used_names
        )
    return {wire: Code(names[wire], names[wire]) for wire in preferred_names}


def _disambiguate(
    preferred_names: Mapping[str, str],
    plain_names: Mapping[str, str],
    style: Callable[[str], str],
    used_names: set[str],
) -> dict[str, str]:
    """Return distinct names for the other wire names; add them to `used_names`."""
    names = {}
    for wire in sorted(preferred_names.keys() - plain_names.keys()):
        names[wire] = _add_digest(wire, preferred_names[wire], style, used_names)
        used_names.add(names[wire])
    return names


def _avoid_reserved(name: str) -> str:
    if name[0].isdigit():
        return f"_{name}"
    return f"{name}_" if name in _RESERVED_NAMES else name


def _append_underscores(name: str, reserved: Collection[str]) -> str:
    while name in reserved:
        name += "_"
    return name


def _add_digest(
    wire_name: str, name: str, style: Callable[[str], str], used_names: Collection[str]
) -> str:
    digest = hashlib.sha256(wire_name.encode(errors="surrogatepass")).hexdigest()
    lengths = range(_SHORTEST_DIGEST, len(digest) + 1)
    names = (style(f"{name} {digest[:length]}") for length in lengths)
    return next(name for name in names if name not in used_names)
