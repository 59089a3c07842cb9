"""The document of a configuration, in the current directory or the nearest above."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from naftiko_gen.diagnostics import Code, Diagnostic, Plain, Span, quote
from naftiko_gen.syntax import files
from naftiko_gen.syntax.files import kind, question

OWN = "naftiko-gen.toml"
PROJECT = "pyproject.toml"
TABLE = ("tool", "naftiko-gen")
_REPOSITORIES = (".git", ".hg")

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_LONGEST_KEY = 100
_LONG_KEY = re.compile(
    r"""(?<![\w-])(?:(?>[\w-]+|"(?:\\.|[^"\\\n])*+"|'[^'\n]*+')[ \t]*\.[ \t]*)"""
    rf"{{{_LONGEST_KEY}}}"
)
"""More parts than any key needs; parsing takes quadratic time in them."""


@dataclass
class ConfigurationError(Exception):
    """The configuration can't be used; `sources` has the files to quote."""

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, bytes]


@dataclass(frozen=True)
class Document:
    """A TOML file, and the settings in it."""

    file: Path
    text: str
    settings: Plain
    table: tuple[str, ...] = ()
    """The path to the settings; they may be the whole file."""
    is_named: bool = False
    """Whether the user has named it; otherwise its author may be a stranger."""


def find_nearest() -> Document | None:
    """Return the configuration that applies to the current directory.

    The search ends at the root of the repository; without one, at this directory.

    Raises:
        ConfigurationError: It can't be read, or a directory has two.
    """
    documents = (read_within(directory) for directory in _directories())
    return next(filter(None, documents), None)


def read_named(file: Path) -> Document:
    """Return the configuration in a file that the user names.

    Raises:
        ConfigurationError: It can't be read, or has none.
    """
    document = _project(file) if file.name == PROJECT else _parse(file, _read(file))
    if document is None:
        raise _refusal(f"it has no table [{'.'.join(TABLE)}]", file)
    return replace(document, is_named=True)


def read_within(directory: Path) -> Document | None:
    """Return the configuration of a directory; raises ConfigurationError."""
    own, project = directory / OWN, directory / PROJECT
    document = _project(project) if kind(project) == stat.S_IFREG else None
    if document is not None:
        _refuse_outside(project)
    if kind(own) != stat.S_IFREG:
        return document
    if document is not None:
        message = f"{quote(str(project))} beside it has a configuration, too"
        raise _refusal(message, own, Code.SEVERAL_CONFIGURATIONS)
    _refuse_outside(own)
    return _parse(own, _read(own))


def is_inside(base: Path, path: Path) -> bool:
    """Return whether a path, with links followed, stays in a directory."""
    try:
        return path.resolve().is_relative_to(base.resolve())
    except (OSError, RuntimeError):  # links in a circle
        return False


def _refuse_outside(file: Path) -> None:
    """Refuse a link to a file elsewhere: messages would show lines of it."""
    if not is_inside(file.parent, file):
        message = "it is a link that leads out of its directory; name it by `--config`"
        raise _refusal(message, file)


def _directories() -> Iterator[Path]:
    """Yield the current directory and those above, up to the repository's root."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return
    above = (here, *here.parents)
    roots = (p for p in above if any(kind(p / name) for name in _REPOSITORIES))
    root = next(roots, here)
    for steps in range(above.index(root) + 1):
        yield Path(*[".."] * steps)


def _project(file: Path) -> Document | None:
    """Return the table in pyproject.toml; None if it has no such table."""
    content = _read(file)
    if TABLE[-1].encode() not in content:
        # Most files are about other tools, and tomllib takes time to import.
        return None
    document = _parse(file, content)
    match document.settings:
        case {"tool": {"naftiko-gen": settings}}:
            return replace(document, settings=settings, table=TABLE)
        case _:
            return None


def _read(file: Path) -> bytes:
    try:
        content = files.content(file, files.SIZE_LIMIT)
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or "its path isn't valid"
        hint = question(file) if isinstance(failure, FileNotFoundError) else None
        raise _refusal(f"it can't be read: {why}", file, hint=hint) from failure
    if len(content) > files.SIZE_LIMIT:
        raise _refusal("it is larger than 4 MiB", file)
    return content


def _parse(file: Path, content: bytes) -> Document:
    import tomllib

    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise _refusal("it isn't UTF-8", file) from None
    if _LONG_KEY.search(text):
        message = f"a key has more than {_LONGEST_KEY} parts"
        raise _refusal(message, file, Code.TOML_SYNTAX)
    try:
        return Document(file, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), file, text) from None
    except ValueError:
        # Python limits the digits of numbers, and its error has no place.
        message = "a number has too many digits"
    except RecursionError:
        message = "lists and tables are nested too deep"
    raise _refusal(message, file, Code.TOML_SYNTAX)


def _syntax_error(message: str, file: Path, text: str) -> ConfigurationError:
    """Split the parser's message into the complaint and its place."""
    position = _PLACE.search(message)
    complaint = message[: position.start()] if position else message
    lines = text.rstrip("\n").split("\n")
    span = Span(len(lines), len(lines[-1]) + 1)
    if position and position[1]:
        span = Span(int(position[1]), int(position[2]))
    complaint = complaint[:1].lower() + complaint[1:]
    return _refusal(complaint, file, Code.TOML_SYNTAX, span, text)


def _refusal(
    message: str,
    file: Path,
    code: Code = Code.UNUSABLE_CONFIGURATION,
    span: Span | None = None,
    text: str = "",
    hint: str | None = None,
) -> ConfigurationError:
    diagnostic = Diagnostic(code, message, str(file), span, hint)
    return ConfigurationError((diagnostic,), {str(file): text.encode()})
