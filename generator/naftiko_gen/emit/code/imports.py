"""Computes the import statements of an emitted module from the names it uses."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from symtable import SymbolTable, symtable

from naftiko_gen.emit.code.naming import STANDARD_LIBRARY
from naftiko_gen.emit.literals import Code

_MODULE = re.compile(r"\.*[A-Za-z_]\w*(\.[A-Za-z_]\w*)*|\.+", re.ASCII)
_NUMBER = re.compile(r"([0-9]+)")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_EXPORTS = re.compile(r"^__all__ = \[([^\]]*)\]", re.MULTILINE)
_EXPORT = re.compile(r'"(\w+)"')
_BUILTINS = {*vars(builtins), "__file__"}
_MODULES = ("functools", "json", "pathlib", "pytest")
_LIBRARIES = {
    "collections.abc": "AsyncIterator Callable Iterator Sequence",
    "contextlib": "AbstractAsyncContextManager asynccontextmanager nullcontext",
    "mcp": "Client",
    "mcp.types": "TextContent TextResourceContents",
    "starlette.applications": "Starlette",
    "starlette.testclient": "TestClient",
    "typing": "Literal NotRequired TypedDict Unpack",
    "unittest.mock": "ANY",
}


@dataclass(frozen=True)
class Origins:
    """Where the names are defined that a module may use.

    Attributes:
        places: A module for each name, and the name in it; an empty name is the module
            itself.
        first_party: The top-level package whose imports are a section of their own,
            after third-party imports.
    """

    places: Mapping[str, tuple[str, str]]
    first_party: str = ""

    def imports(self, module: str) -> Code:
        """Return the imports of the names that a module uses, in isort's style.

        Raises:
            SyntaxError: It isn't valid Python.
            ValueError: Nothing is known to define a name, or it isn't an identifier.
        """
        names = _needed_names(module)
        if unknown_names := names - self.places.keys():
            raise ValueError(f"nothing defines {', '.join(sorted(unknown_names))}")
        pairs = {_pair(*self.places[name]) for name in names}
        statements = sorted(
            _statements(pairs, self.first_party), key=lambda s: s.sort_key
        )
        groups = groupby(statements, lambda statement: statement.section)
        text = "\n\n".join("\n".join(map(str, group)) for _, group in groups)
        return Code(text, text)


def library_origins() -> dict[str, tuple[str, str]]:
    """Return where the names of libraries are defined that emitted modules use."""
    names = ((m, name) for m, names in _LIBRARIES.items() for name in names.split())
    return {
        **{module: (module, "") for module in _MODULES},
        **{name: (module, name) for module, name in names},
    }


def _needed_names(module: str) -> set[str]:
    """Return the names that a module uses or exports, but doesn't define."""
    table = symtable(module, "<module>", "exec")
    defined_names = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()
    }
    exports = _EXPORTS.search(module)
    exported_names = _EXPORT.findall(exports[1]) if exports else []
    names = {*_global_names(table), *exported_names}
    return names - defined_names - _BUILTINS


def _global_names(table: SymbolTable) -> Iterator[str]:
    """Yield the names of a module that it, its classes or its functions use."""
    # A name that a class uses and defines may be the module's when it is used.
    is_class = table.get_type() == "class"
    for symbol in table.get_symbols():
        # In a function called `top`, Python 3.11 takes its own names for global ones.
        is_own = symbol.is_parameter() or symbol.is_assigned()
        is_global = symbol.is_global() and not is_own
        if symbol.is_referenced() and (is_class or is_global):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _global_names(child)


@dataclass(frozen=True)
class _Statement:
    """An import of names from a module, or of the module itself without names."""

    section: int
    module: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        if not self.names:
            return f"import {self.module}"
        return f"from {self.module} import {', '.join(self.names)}"

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Return isort's sort key: `import` before `from`, most leading dots first."""
        name = self.module.lstrip(".")
        dots = len(self.module) - len(name)
        return (self.section, bool(self.names), -dots, *_natural_key(name))


def _pair(module: str, name: str) -> tuple[str, str]:
    if not _MODULE.fullmatch(module):
        raise ValueError(f"not a module's name: {module!a}")
    if name and not _NAME.fullmatch(name):
        raise ValueError(f"not a name to import: {name!a}")
    return module, str(name)


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


def _section(module: str, first_party: str) -> int:
    """Return the place of a module's section: relative imports are the last."""
    top = module.partition(".")[0]
    if top == "":
        return 3
    if top == first_party:
        return 2
    return 0 if top in STANDARD_LIBRARY else 1


def _member_key(name: str) -> tuple[object, ...]:
    """Return isort's sort key of a name: constants, classes, then other names."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return (kind, *_natural_key(name))


def _natural_key(name: str) -> tuple[object, ...]:
    """Return a sort key that ignores case and compares numbers by value."""
    parts = _NUMBER.split(name.lower())
    return ([int(part) if part.isdigit() else part for part in parts], name)
