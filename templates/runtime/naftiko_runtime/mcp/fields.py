"""Selected members of an answer: dotted paths of declared members.

Arrays are crossed silently, parents are kept, and a parent selects all that is in it.
The name `*` is any name, and a backslash stands before a dot inside of a name.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

from ..errors import InvalidInputError
from .arguments import FIELDS

Path = tuple[str, ...]
Selection = dict[str, "Selection | None"]
"""The selected names, each with those in it; None selects all of them."""
Members = Mapping[str, "Members | None"]
"""The declared names, each with those in it; None if there are none.

`*` is any other name; None behind it means that its members are unknown.
"""

NAME = re.compile(r"(?:[^.\\]|\\.)+")
ESCAPED = re.compile(r"\\(.)")
ANY = "*"
UNKNOWN: Members = {ANY: None}
MOST = 100
LONGEST = 500
SHOWN = 20
"""The most names that a message lists."""
SIMILAR = 3
"""The most paths that a message proposes."""
COMPARED = 1000


def split(path: str) -> Path:
    """Return the names of a dotted path."""
    return tuple(ESCAPED.sub(r"\1", name) for name in NAME.findall(path))


def dotted(names: Iterable[str]) -> str:
    """Return the dotted path of names."""
    return ".".join(re.sub(r"([.\\])", r"\\\1", name) for name in names)


def selected(paths: Sequence[str], members: Members, start: Path) -> Selection:
    """Return the selection of paths; raises InvalidInputError for an unknown one.

    `start` leads to the list in the answer: a path that begins in its items is unknown,
    but the message has the right one.
    """
    if len(paths) > MOST:
        raise InvalidInputError(FIELDS, f"must have at most {MOST} paths")
    selection: Selection = {}
    for path in paths:
        names = split(path)
        if not names or len(path) > LONGEST or ".".join(NAME.findall(path)) != path:
            raise InvalidInputError(FIELDS, "must be paths such as items.name")
        if not _leads(members, names):
            advice = _advice(names, members, start)
            raise InvalidInputError(FIELDS, f"has the unknown path {path}: {advice}")
        _add(selection, names)
    return selection


def _add(selection: Selection, names: Path) -> None:
    *parents, last = names
    for name in parents:
        inner = selection.setdefault(name, {})
        if inner is None:  # all of it is selected already
            return
        selection = inner
    selection[last] = None


def _leads(members: Members | None, names: Path) -> bool:
    """Return whether a path leads to a member."""
    return not names or any(
        _leads(one, names[1:]) for one in _inside(members, names[0])
    )


def _inside(members: Members | None, name: str) -> Iterator[Members | None]:
    """Yield the members in those of a name; those in an unknown value are unknown."""
    if members is None:
        return
    if name == ANY:
        yield from members.values()
    elif name in members:
        yield members[name]
    elif ANY in members:
        yield members[ANY] or UNKNOWN


def _advice(names: Path, members: Members, start: Path) -> str:
    """Return the nearest paths to one that leads nowhere."""
    if start and _leads(members, (*start, *names)):
        return f"write {dotted((*start, *names))}"
    deeper = list(islice(_paths_to(names, members), SIMILAR))
    if deeper:
        return f"did you mean {' or '.join(map(dotted, deeper))}?"
    at = next(n for n in range(len(names)) if not _leads(members, names[: n + 1]))
    before, inner = names[:at], [members]
    for name in before:
        inner = [one for node in inner for one in _inside(node, name) if one]
    known = list(dict.fromkeys(name for node in inner for name in node))[:COMPARED]
    near = get_close_matches(names[at][:100], known, SIMILAR, 0.6)
    if near:
        nearest = " or ".join(dotted((*before, name)) for name in near)
        return f"did you mean {nearest}?"
    listing = ", ".join(known[:SHOWN]) + (", …" if len(known) > SHOWN else "")
    place = dotted(before) or "the answer"
    return f"{place} has {listing}" if known else f"{place} has no members"


def _paths_to(names: Path, members: Members) -> Iterator[Path]:
    """Yield the paths that end with these names, the shortest ones first."""
    waiting: deque[tuple[Path, Members]] = deque([((), members)])
    for _ in range(COMPARED):
        if not waiting:
            return
        before, inner = waiting.popleft()
        if before and names[0] in inner and _leads(inner, names):
            yield (*before, *names)
        waiting.extend(((*before, name), one) for name, one in inner.items() if one)


def project(value: Any, selection: Selection | None) -> Any:
    """Return a value only with its selected members, in their order."""
    if selection is None:
        return value
    if isinstance(value, list):
        return [project(item, selection) for item in value]
    if not isinstance(value, dict):
        return value
    # A name that is selected itself is selected by `*`, too.
    others = selection.get(ANY, _NOTHING)
    return {
        name: project(member, _both(selection.get(name, _NOTHING), others))
        for name, member in value.items()
        if name in selection or ANY in selection
    }


_NOTHING: Selection = {}


def _both(one: Selection | None, other: Selection | None) -> Selection | None:
    """Return the selection of everything that either of two selects."""
    if one is None or other is None:
        return None
    if not one or not other:
        return one or other
    names = one | other
    return {
        name: _both(one.get(name, _NOTHING), other.get(name, _NOTHING))
        for name in names
    }
