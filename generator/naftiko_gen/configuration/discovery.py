"""Finding the configuration: in the current directory, or in the nearest above it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.configuration.bounds import is_inside
from naftiko_gen.configuration.document import Document, document
from naftiko_gen.configuration.refusal import refusal
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = "naftiko-gen.toml"
PROJECT = "pyproject.toml"
TABLE = ("tool", "naftiko-gen")
_REPOSITORIES = (".git", ".hg")


@dataclass(frozen=True)
class Source:
    """A document, and the table in it that is the configuration."""

    document: Document
    table: tuple[str, ...] = ()
    is_named: bool = False
    """Whether the user has named it; otherwise its author may be a stranger."""


def find_nearest() -> Source | None:
    """Return the configuration that applies to the current directory.

    The search ends at the root of the repository; without one, at this directory.

    Raises:
        ConfigurationError: It can't be read, or a directory has two.
    """
    sources = (read_within(directory) for directory in _directories())
    return next(filter(None, sources), None)


def read_named(file: Path) -> Source:
    """Return the configuration in a file that the user names.

    Raises:
        ConfigurationError: It can't be read, or has none.
    """
    if file.name != PROJECT:
        return Source(document(file), is_named=True)
    source = _project(file)
    if source is None:
        message = f"it has no table [{'.'.join(TABLE)}]"
        raise refusal(Code.UNUSABLE_CONFIGURATION, message, file)
    return replace(source, is_named=True)


def read_within(directory: Path) -> Source | None:
    """Return the configuration of a directory; raises ConfigurationError."""
    own, project = directory / OWN, directory / PROJECT
    source = _project(project) if project.is_file() else None
    if source is not None:
        _refuse_outside(project)
    if not own.is_file():
        return source
    if source is not None:
        message = f"{quote(str(project))} beside it has a configuration, too"
        raise refusal(Code.SEVERAL_CONFIGURATIONS, message, own)
    _refuse_outside(own)
    return Source(document(own))


def _refuse_outside(file: Path) -> None:
    """Refuse a link to a file elsewhere: messages would show lines of it."""
    if not is_inside(file.parent, file):
        message = "it is a link that leads out of its directory; name it by `--config`"
        raise refusal(Code.UNUSABLE_CONFIGURATION, message, file)


def _project(file: Path) -> Source | None:
    """Return the table in pyproject.toml; None if it has no such table."""
    toml = document(file, unless_without=TABLE[-1].encode())
    if toml is None:
        return None
    tools = toml.content.get(TABLE[0])
    has_table = isinstance(tools, dict) and TABLE[1] in tools
    return Source(toml, TABLE) if has_table else None


def _directories() -> Iterator[Path]:
    """Yield the current directory and those above, up to the repository's root."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return
    above = (here, *here.parents)
    root = next((place for place in above if _is_root(place)), here)
    for steps in range(above.index(root) + 1):
        yield Path(*[".."] * steps)


def _is_root(directory: Path) -> bool:
    return any((directory / name).exists() for name in _REPOSITORIES)
