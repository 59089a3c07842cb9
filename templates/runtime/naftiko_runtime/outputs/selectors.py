"""Matches CSS selectors while a document is read, from its start to its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Test = tuple[str, str, str]
"""The name of an attribute, an operator of CSS (maybe none), and a value."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a selector: which elements it matches, and how they are found.

    `combinator` is that of CSS between this part and the one before.
    """

    name: str = ""
    tests: tuple[Test, ...] = ()
    combinator: str = " "
    child: int | None = None
    """The position among the children of the parent, from 1."""
    of_type: int | None = None
    """The position among those of the same name."""


Selector = Sequence[Part]


@dataclass(slots=True)
class Match:
    """An open element: which parts of the selectors it completes.

    In each set of bits, a bit is a part of a selector that is completed, together with
    all parts before it.
    """

    own: list[int]
    above: list[int]
    """The parts that the element or one around it completes."""
    last: list[int]
    """Those of its last child."""
    earlier: list[int]
    """Those of all its children so far."""
    children: int = 0
    names: dict[str, int] = field(default_factory=dict)


class Matcher:
    """Matches the elements of one document against alternative selectors."""

    def __init__(self, selectors: Sequence[Selector]) -> None:
        self._selectors = selectors

    def root(self) -> Match:
        """Return the match of the document itself."""
        nothing = [0] * len(self._selectors)
        return Match(nothing, nothing, nothing, nothing)

    def enter(
        self, parent: Match, name: str, attributes: Mapping[str, str]
    ) -> tuple[Match, bool]:
        """Return the match of a further child, and whether a selector selects it."""
        parent.children += 1
        parent.names[name] = parent.names.get(name, 0) + 1
        own = [
            self._completed(at, selector, parent, name, attributes)
            for at, selector in enumerate(self._selectors)
        ]
        above = [bits | mine for bits, mine in zip(parent.above, own, strict=True)]
        pairs = zip(parent.earlier, own, strict=True)
        parent.last, parent.earlier = own, [bits | mine for bits, mine in pairs]
        nothing = [0] * len(own)
        is_selected = any(
            bits >> (len(selector) - 1) & 1
            for bits, selector in zip(own, self._selectors, strict=True)
        )
        return Match(own, above, nothing, nothing), is_selected

    def _completed(
        self,
        at: int,
        selector: Selector,
        parent: Match,
        name: str,
        attributes: Mapping[str, str],
    ) -> int:
        bits = 0
        for index, part in enumerate(selector):
            before = 1 if index == 0 else _before(part, parent, at) >> (index - 1)
            if before & 1 and _is_matched(part, parent, name, attributes):
                bits |= 1 << index
        return bits


def _before(part: Part, parent: Match, at: int) -> int:
    """Return the parts that elements complete which may stand before another part."""
    match part.combinator:
        case ">":
            return parent.own[at]
        case "+":
            return parent.last[at]
        case "~":
            return parent.earlier[at]
        case _:
            return parent.above[at]


def _is_matched(
    part: Part, parent: Match, name: str, attributes: Mapping[str, str]
) -> bool:
    return (
        part.name in ("", name)
        and part.child in (None, parent.children)
        and part.of_type in (None, parent.names[name])
        and all(_holds(test, attributes) for test in part.tests)
    )


def _holds(test: Test, attributes: Mapping[str, str]) -> bool:
    name, operator, wanted = test
    value = attributes.get(name)
    if value is None:
        return False
    match operator:
        case "":
            return True
        case "=":
            return value == wanted
        case "~=":
            return wanted in value.split()
        case "|=":
            return value == wanted or value.startswith(f"{wanted}-")
        case "^=":
            return wanted != "" and value.startswith(wanted)
        case "$=":
            return wanted != "" and value.endswith(wanted)
        case _:
            return wanted != "" and wanted in value
