"""The files that may hold the values of variables, as emitted modules declare them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.ir import FileKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from naftiko_gen.ir import BoundFile, Variable


def bound_files(variables: Iterable[Variable]) -> tuple[BoundFile, ...]:
    """Return the files that may hold values of variables, in their order."""
    files = (variable.file for variable in variables)
    return tuple(dict.fromkeys(file for file in files if file is not None))


@dataclass(frozen=True)
class FileView:
    """A file, the variable that names it, and the key of each variable in it."""

    variable: str
    path: str
    keys: tuple[tuple[str, str], ...]


def file_views(variables: Collection[Variable]) -> tuple[FileView, ...]:
    """Return the declaration of each file."""
    return tuple(
        FileView(file.variable, file.path, tuple(_pairs(file, variables)))
        for file in bound_files(variables)
    )


def file_keys(file: BoundFile, variables: Iterable[Variable]) -> Iterator[str]:
    """Yield the keys of a file that hold values of variables."""
    yield from (key for _, key in _pairs(file, variables))


def _pairs(file: BoundFile, variables: Iterable[Variable]) -> Iterator[tuple[str, str]]:
    """Yield the variables of a file, with the keys that hold their values."""
    for variable in variables:
        match variable.source:
            case FileKey(file=source, key=key) if source == file:
                yield variable.name, key
            case _:
                pass
