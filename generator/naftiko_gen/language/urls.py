"""URLs: templates (RFC 6570, level 1), paths that lead away, locations of values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_PIECE = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Characters of URIs (RFC 3986); others are percent-encoded.
_TEXT = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")


class UnusableUriError(Exception):
    """A URI isn't usable; the message is the end of a sentence."""


def uri_pieces(uri: str) -> tuple[str, ...]:
    """Return the pieces of a template: texts, and variables at odd indexes."""
    return tuple(_PIECE.split(uri))


def uri_variables(uri: str) -> tuple[str, ...]:
    """Return the names of a template's variables, each once; empty ones are faults."""
    return tuple(name for name in dict.fromkeys(uri_pieces(uri)[1::2]) if name)


def check_uri(uri: str) -> None:
    """Check a URI or a template.

    Raises:
        UnusableUriError: It is no absolute URI, or a variable isn't of level 1, follows
            another one directly or occurs twice.
    """
    pieces = uri_pieces(uri)
    texts, names = pieces[::2], pieces[1::2]
    if not _SCHEME.match(texts[0]):
        raise UnusableUriError("doesn't start with a scheme, such as docs://")
    for name in names:
        if not _NAME.fullmatch(name):
            raise UnusableUriError(f"has {{{name}}}, which isn't a variable's name")
    if len(set(names)) < len(names):
        raise UnusableUriError("names a variable twice")
    if not all(texts[1:-1]):
        raise UnusableUriError("has two variables without a text between them")
    if not all(map(_TEXT.fullmatch, texts)):
        raise UnusableUriError("has characters that a URI can't contain")


_VARIABLE = re.compile(r"\{\{[^{}]*\}\}|\{[^{}]*\}")
_PLACEHOLDER = "\0"
"""Stands for a variable; its value is one segment or a part of one."""
_ADDRESS = re.compile(r"[\s/]*[A-Za-z][A-Za-z0-9+.-]*:[\\/]{2}")
_DECODINGS = 3
"""A server behind a proxy may decode a path more than once."""


def find_departure(path: str) -> str | None:
    """Return why a path leads away from its base address, or None if it doesn't.

    The path may have variables (`{x}`, `{{x}}`), a query and a fragment.
    """
    text = re.split("[?#]", _VARIABLE.sub(_PLACEHOLDER, path), maxsplit=1)[0]
    decoded_path = text
    for _ in range(_DECODINGS):
        decoded_path = unquote(decoded_path)
    if _ADDRESS.match(text):
        return "is an address of its own"
    if "\\" in decoded_path:
        return "holds a backslash, which some servers read as a slash"
    if decoded_path.startswith("//"):
        return "begins with two slashes, so its first segment is a host"
    if any(map(_is_relative, decoded_path.split("/"))):
        return "holds a relative segment"
    return None


def _is_relative(segment: str) -> bool:
    """Return whether a segment is `.` or `..`, or `..` with variables around it.

    A single dot between variables is fine: `{name}.{format}` is a common file name.
    """
    name = segment.partition(";")[0]
    return name in {".", ".."} or name.replace(_PLACEHOLDER, "") == ".."


ENVIRONMENT = "env"
PROVIDERS = frozenset(
    {
        *("vault", "k8s", "k8s-secret", "github-secrets"),
        *("aws-secretsmanager", "aws-ssm", "azure-keyvault", "gcp-secretmanager"),
    }
)
"""Schemes of known providers, which deployments ask, but no package does."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# `file:///./x` and `file://./x` are relative, `file:///x` is absolute.
_RELATIVE = re.compile(r"file:(?://)?/?(?=\.{1,2}/)|file:(?!/)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"file:(?://)?(?=/)", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\\]")


@dataclass(frozen=True)
class InEnvironment:
    """The keys are the names of environment variables."""


@dataclass(frozen=True)
class InFile:
    """The keys stand in a file, whose path is relative to the working directory."""

    path: str


@dataclass(frozen=True)
class InStore:
    """The keys stand in the store of a provider, such as `vault`."""

    scheme: str


Location = InEnvironment | InFile | InStore


class UnknownLocationError(Exception):
    """A location isn't usable; the message is the end of a sentence."""


def bind_location(text: str | None) -> Location:
    """Return the meaning of a location; none at all is the environment.

    Raises:
        UnknownLocationError: It has no known scheme, or its path isn't usable.
    """
    scheme = _SCHEME.match(text) if text else None
    name = scheme[1].lower() if scheme else None
    if not text or name == ENVIRONMENT:
        return InEnvironment()
    if name == "file":
        return InFile(_path(text))
    if name in PROVIDERS:
        return InStore(name)
    raise UnknownLocationError("names no known source of values")


def _path(text: str) -> str:
    """Return the path of a `file:` location, as typed."""
    relative = _RELATIVE.match(text)
    start = relative or _ABSOLUTE.match(text)
    path = text[start.end() :] if start else ""
    if relative and ".." in path.split("/"):
        raise UnknownLocationError("leads out of the working directory")
    is_file = path.strip("./") and not path.endswith("/")
    if path.startswith("//") or not is_file or _UNPRINTABLE.search(path):
        raise UnknownLocationError("isn't the path of a file")
    return path
