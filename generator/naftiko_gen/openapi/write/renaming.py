"""Names of operations that the user chooses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping

from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.openapi.read.api import Api
from naftiko_gen.openapi.write.capability import Names, Place, key_of, operation_names
from naftiko_gen.openapi.write.selection import names_of

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")


class RenamingError(Exception):
    """An operation can't have the name that the user chooses; the message says why."""


def parse_renaming(text: str) -> tuple[str, str] | None:
    """Return the old and the new name of `OLD=NEW`; None if the new one is invalid."""
    old, _, new = text.rpartition("=")
    return (old, new) if old and _NAME.fullmatch(new) else None


def rename(api: Api, earlier: Names, new_names: Mapping[str, str]) -> Names:
    """Return the names that operations had earlier, with those that the user chooses.

    `new_names` are by the operation's id, its name, or its method and path.

    Raises:
        RenamingError: There is no such operation, or another one has the name.
    """
    if not new_names:
        return earlier
    names = operation_names(api.operations, earlier)
    by_name = _places_by_name(api, names)
    chosen_names = {_find(by_name, old): new for old, new in new_names.items()}
    counts = Counter(({**names, **chosen_names}).values())
    for new in new_names.values():
        if counts[new] != 1:
            raise RenamingError(f"{quote(new)} would be the name of several operations")
    return {**earlier, **{key_of(*place): n for place, n in chosen_names.items()}}


def _places_by_name(
    api: Api, names: Mapping[Place, str]
) -> dict[str, dict[Place, None]]:
    """Return the method and path of operations by all names that users know."""
    by_name: dict[str, dict[Place, None]] = {}
    for operation in api.operations:
        place = operation.method, operation.path
        for name in (names[place], *names_of(operation)):
            by_name.setdefault(name, {})[place] = None
    return by_name


def _find(by_name: Mapping[str, Collection[Place]], old: str) -> Place:
    """Return the method and path of the operation that the user names."""
    places = by_name.get(old, ())
    if not places:
        near = nearest(old, by_name)
        hint = f"; did you mean {quote(near)}?" if near else ""
        raise RenamingError(f"there is no operation {quote(old)}{hint}")
    if len(places) > 1:
        titles = " or ".join(quote(" ".join(place)) for place in places)
        raise RenamingError(f"{quote(old)} names several operations: write {titles}")
    return next(iter(places))
