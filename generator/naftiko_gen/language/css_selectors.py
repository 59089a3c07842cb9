"""CSS selectors that can be matched while a document is read."""

from __future__ import annotations

import re

from naftiko_gen.ir.formats import SchemaError, SelectorPart, TableSelector

MOST = 50
"""The most parts of a selector."""
_NAME = r"-?[A-Za-z_][A-Za-z0-9_-]*"
_ELEMENT = re.compile(rf"\*|{_NAME}")
_COMBINATOR = re.compile(r"\s*([>+~])\s*|\s+")
_CLASS = re.compile(rf"([.#])({_NAME})")
_ATTRIBUTE = re.compile(
    rf"\[\s*({_NAME})\s*(?:([~|^$*]?=)\s*"
    rf"(?:\"([^\"\\\n]*)\"|'([^'\\\n]*)'|({_NAME}))\s*)?\]"
)
_POSITION = re.compile(r":(first|nth)-(child|of-type)(?:\(\s*([1-9][0-9]{0,5})\s*\))?")
_OPERATORS = {".": ("class", "~="), "#": ("id", "=")}


def table_selector(text: str) -> TableSelector:
    """Return a list of selectors.

    Names, classes, ids, attributes, `:first-child`, `:nth-child(N)`, `:first-of-type`,
    `:nth-of-type(N)` and the combinators of CSS are known.

    Raises:
        SchemaError: It has another part, or too many of them.
    """
    reader = _Reader(text.strip())
    selectors = [reader.selector()]
    while reader.take(","):
        selectors.append(reader.selector())
    reader.check_end()
    return TableSelector(tuple(selectors), text.strip())


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._parts = 0

    def take(self, separator: str) -> bool:
        """Pass over a separator and the blanks around it, if it comes next."""
        return self._match(re.compile(rf"\s*{re.escape(separator)}\s*")) is not None

    def check_end(self) -> None:
        """Raise SchemaError unless the text ends here."""
        if self._at < len(self._text):
            raise self._fault()

    def selector(self) -> tuple[SelectorPart, ...]:
        """Return the parts of a selector, up to a comma or the end."""
        parts = [self._part(" ")]
        while self._at < len(self._text) and not self._is_before_comma():
            combinator = self._match(_COMBINATOR)
            if combinator is None:
                raise self._fault()
            parts.append(self._part(combinator[1] or " "))
        return tuple(parts)

    def _is_before_comma(self) -> bool:
        return self._text[self._at :].lstrip().startswith(",")

    def _part(self, combinator: str) -> SelectorPart:
        self._parts += 1
        if self._parts > MOST:
            raise SchemaError(f"it has more than {MOST} parts")
        start = self._at
        element = self._match(_ELEMENT)
        name = "" if element is None or element[0] == "*" else element[0].lower()
        tests = tuple(self._tests())
        positions = self._positions()
        if self._at == start:
            raise self._fault()
        return SelectorPart(name, tests, combinator, *positions)

    def _tests(self) -> list[tuple[str, str, str]]:
        tests: list[tuple[str, str, str]] = []
        while True:
            if (short := self._match(_CLASS)) is not None:
                name, operator = _OPERATORS[short[1]]
                tests.append((name, operator, short[2]))
            elif (attribute := self._match(_ATTRIBUTE)) is not None:
                name, operator, *values = attribute.groups(default="")
                tests.append((name.lower(), operator, "".join(values)))
            else:
                return tests

    def _positions(self) -> tuple[int | None, int | None]:
        positions: dict[str, int | None] = {"child": None, "of-type": None}
        while (position := self._match(_POSITION)) is not None:
            order, kind, number = position.groups()
            if (order == "first") != (number is None) or positions[kind] is not None:
                self._at = position.start()
                raise self._fault()
            positions[kind] = int(number or 1)
        return positions["child"], positions["of-type"]

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return match

    def _fault(self) -> SchemaError:
        token = self._text[self._at : self._at + 1] or "the end"
        return SchemaError(f"{token!r} at position {self._at + 1} isn't supported")
