"""The arguments of commands, which are declared by lines in the form of their help.

A line begins with names and a value, two blanks separate them from the help:

    SPEC > spec              an argument without a name, and the attribute for it
    -o, --output DIR = out   a path; the text behind `=` is the default
    --format text|json       one of these words
    --json > format=json     sets another attribute
    --openapi FILE!          required
    --bind TEXT...           repeatable; `TEXT+` takes several values at once
    --[no-]strict            a switch with its opposite
    | --check                excludes the arguments beside it with a bar
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any

from naftiko_gen.configuration.options import EVERY_ADAPTER, Surface
from naftiko_gen.diagnostics import quote
from naftiko_gen.diagnostics.rendering import CHOICES

_LINE = re.compile(
    r"(?m)^(?P<bar>\| )?(?P<names>(?:-\w, )?--\S+)?(?:(?:^| )(?P<value>[^\s=>]\S*))?"
    r"(?: = (?P<default>\S+))?(?: > (?P<dest>\w+)(?:=(?P<const>\w+))?)?"
    r"  +(?P<help>.+(?:\n .+)*)$"
)
_SURFACES = ", ".join(surface.value for surface in Surface)


def words(kinds: Iterable[Enum]) -> str:
    """Return the values of an enumeration as the choices of an argument."""
    return "|".join(str(kind.value) for kind in kinds)


SPECS = """\
[SPEC...] > specs  a capability file, or a glob of them (default: the specs that the
  configuration names)"""
READING = """\
--import-root DIR  let specs import files from this directory, too, and from those below
  it (default: only from a spec's own directory and below)
| --config FILE  the configuration (default: naftiko-gen.toml, or pyproject.toml with a
  table [tool.naftiko-gen], here or above in the repository)
| --no-config  ignore every configuration"""
SKIP_UNRESOLVED = """\
--[no-]skip-unresolved  leave out, with a warning, routes and tools whose calls name no
  operation"""
API_DOCS = """\
--[no-]api-docs  let REST adapters serve an API reference for browsers at /docs, which
  works offline; it adds 2 MB to a package"""
SURFACES = f"""\
--surface [NAMESPACE=]SURFACE... > surfaces  how MCP servers list their tools:
  {_SURFACES}; with the namespace of an adapter, for that adapter; repeatable"""
TRACEBACK = """\
--traceback  show where an internal error arose"""
COLOR = f"""\
--color {"|".join(CHOICES)} = auto  whether messages have colours; auto: on a terminal,
  unless the environment says otherwise (default: %(default)s)"""


def declare(parser: argparse.ArgumentParser, lines: str) -> None:
    """Declare the arguments of these lines."""
    for block in lines.split("\n\n"):
        _declare(parser, block)


def _declare(parser: argparse.ArgumentParser, lines: str) -> None:
    if unread := _LINE.sub("", lines).strip():
        raise ValueError(f"not a declaration of an argument: {unread}")
    group: Any = parser
    for line in _LINE.finditer(lines):
        if not line["bar"]:
            group = parser
        elif group is parser:
            group = parser.add_mutually_exclusive_group()
        names = (line["names"] or line["dest"]).replace("[no-]", "").split(", ")
        dest = line["dest"] or names[-1].lstrip("-").replace("-", "_")
        place = {"dest": dest} if line["names"] else {}
        text = " ".join(line["help"].split())
        group.add_argument(*names, **place, **_kind(line, dest), help=text)


def _kind(line: re.Match[str], dest: str) -> dict[str, Any]:
    """Return how an argument is parsed."""
    value, default = line["value"], line["default"]
    if line["const"]:
        return {"action": "store_const", "const": line["const"]}
    if value is None:
        is_pair = "[no-]" in line["names"]
        return {"action": argparse.BooleanOptionalAction if is_pair else "store_true"}
    if not value.isupper():
        return {"choices": value.split("|"), "default": default}
    name, number = _number(value)
    kind = _KINDS.get(dest, _KINDS.get(name))
    return {"metavar": name, "type": kind, "default": default} | number


def _number(value: str) -> tuple[str, dict[str, Any]]:
    """Return the name of a value, and how often it may be there."""
    for end, number in _NUMBERS.items():
        if value.endswith(end):
            start = 1 if end.endswith("]") else 0
            return value[start : -len(end)], number
    return value, {}


_NUMBERS: dict[str, dict[str, Any]] = {
    "!": {"required": True},
    "...]": {"nargs": "*"},
    "...": {"action": "append", "default": []},
    "+": {"action": "extend", "nargs": "+", "default": []},
    "]": {"nargs": "?"},
}
"""How often values with these ends may be there."""


# --- kinds of values --------------------------------------------------------------


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise _refusal(text, "is not a positive whole number")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise _refusal(text, "isn't a port; write a number up to 65535")
    return int(text)


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        raise _refusal(
            text,
            "isn't a valid name; use at most 63 lowercase letters, digits and hyphens",
        )
    return text


def _requirement(text: str) -> str:
    # It is pasted into YAML and into a file for pip.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._+:/@=<>~!,*%#\[\]-]{0,199}", text):
        raise _refusal(text, "isn't a pip requirement")
    return text


def _surface(text: str) -> tuple[str, Surface]:
    """Parse a surface, perhaps with the namespace of its adapter."""
    namespace, _, name = text.rpartition("=")
    try:
        return namespace or EVERY_ADAPTER, Surface(name)
    except ValueError:
        message = f"{name!r} isn't one of {_SURFACES}"
        raise argparse.ArgumentTypeError(message) from None


def _document(text: str) -> Path:
    """Return the path of an OpenAPI document; of a URL, it would lose a slash."""
    if re.match(r"https?://", text, re.IGNORECASE):
        how = "download it first, e.g. with curl -o openapi.yaml URL, or pipe it to `-`"
        url = quote(text, limit=300)
        raise argparse.ArgumentTypeError(f"{url} is a URL: nothing is fetched; {how}")
    return Path(text)


def _refusal(text: str, reason: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{quote(text)} {reason}")


_KINDS: dict[str, Callable[[str], object]] = {
    "DIR": Path,
    "FILE": Path,
    "document": _document,
    "jobs": _positive,
    "name": _name,
    "openapi": _document,
    "port": _port,
    "requirement": _requirement,
    "surfaces": _surface,
}
"""The parsers of arguments, by their names or those of their values."""
