"""Builds the import statements of an emitted module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from naftiko_gen.emit.code.reserved import STANDARD_LIBRARY
from naftiko_gen.emit.literals import Code
from naftiko_gen.emit.runtime.names import MODULES

_MODULE = re.compile(r"\.*[A-Za-z_]\w*(\.[A-Za-z_]\w*)*|\.+", re.ASCII)
_NUMBER = re.compile(r"([0-9]+)")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Imports:
    """The imports of a module.

    `runtime` is the runtime's package, as the module imports it. `first_party` is the
    top-level package whose imports are a section of their own, after third-party
    imports.
    """

    def __init__(self, runtime: str, first_party: str = "") -> None:
        self._runtime = runtime
        self._first_party = first_party
        self._names: set[tuple[str, str]] = set()
        self._names_for_types: set[tuple[str, str]] = set()

    def add(self, module: str, *names: str) -> None:
        """Add imports of names from a module, or of the module itself without names.

        Raises:
            ValueError: The module or a name isn't an identifier.
        """
        self._names.update(_pairs(module, names))

    def use(self, *names: str) -> None:
        """Add imports of names of the runtime.

        Raises:
            KeyError: The runtime has no such name for emitted modules.
        """
        for name in names:
            self.add(f"{self._runtime}.{MODULES[name]}", name)

    def use_modules(self, *modules: str) -> None:
        """Add imports of modules of the runtime, named relative to its package."""
        for module in modules:
            package, _, name = f"{self._runtime}.{module}".rpartition(".")
            self.add(package, name)

    def add_for_types(self, module: str, *names: str) -> None:
        """Add imports for type checkers alone, unless `add` adds the same."""
        self._names_for_types.update(_pairs(module, names))

    def code(self) -> Code:
        """Return the statements in isort's style; no newline at the end."""
        for_types = self._names_for_types - self._names
        switch = {("typing", "TYPE_CHECKING")} if for_types else set()
        text = self._block(self._names | switch, indent=0)
        if for_types:
            text += f"\n\nif TYPE_CHECKING:\n{self._block(for_types, indent=4)}"
        return Code(text, text)

    def _block(self, names: set[tuple[str, str]], *, indent: int) -> str:
        statements = sorted(_statements(names, self._first_party), key=_statement_key)
        groups = groupby(statements, lambda statement: statement.section)
        return "\n\n".join(
            "\n".join(_text(statement, indent) for statement in group)
            for _, group in groups
        )


class _Section(IntEnum):
    """The sections of imports, in order."""

    FUTURE = 0
    STANDARD_LIBRARY = 1
    THIRD_PARTY = 2
    FIRST_PARTY = 3
    RELATIVE = 4


@dataclass(frozen=True)
class _Statement:
    """An import of names from a module, or of the module itself without names."""

    section: _Section
    module: str
    names: tuple[str, ...]


def _pairs(module: str, names: tuple[str, ...]) -> set[tuple[str, str]]:
    """Pair a module with each name; the empty name is the module itself."""
    if not _MODULE.fullmatch(module):
        raise ValueError(f"not a module's name: {module!a}")
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name to import: {name!a}")
    return {(module, str(name)) for name in names or ("",)}


def _statements(imports: set[tuple[str, str]], first_party: str) -> list[_Statement]:
    statements = []
    for module, pairs in groupby(sorted(imports), lambda pair: pair[0]):
        names = [name for _, name in pairs]
        section = _section(module, first_party)
        if "" in names:
            statements.append(_Statement(section, module, ()))
        if members := tuple(sorted(filter(None, names), key=_member_key)):
            statements.append(_Statement(section, module, members))
    return statements


def _section(module: str, first_party: str) -> _Section:
    top = module.partition(".")[0]
    if top == "":
        return _Section.RELATIVE
    if top == "__future__":
        return _Section.FUTURE
    if top == first_party:
        return _Section.FIRST_PARTY
    return (
        _Section.STANDARD_LIBRARY if top in STANDARD_LIBRARY else _Section.THIRD_PARTY
    )


def _statement_key(statement: _Statement) -> tuple[object, ...]:
    """Return isort's sort key: `import` before `from`, most leading dots first."""
    name = statement.module.lstrip(".")
    dots = len(statement.module) - len(name)
    return (statement.section, bool(statement.names), -dots, *_natural_key(name))


def _member_key(name: str) -> tuple[object, ...]:
    """Return isort's sort key of a name: constants, classes, then other names."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return (kind, *_natural_key(name))


def _natural_key(name: str) -> tuple[object, ...]:
    """Return a sort key that ignores case and compares numbers by value."""
    parts = _NUMBER.split(name.lower())
    return ([int(part) if part.isdigit() else part for part in parts], name)


def _text(statement: _Statement, indent: int) -> str:
    margin = " " * indent
    if not statement.names:
        return f"{margin}import {statement.module}"
    return f"{margin}from {statement.module} import {', '.join(statement.names)}"
