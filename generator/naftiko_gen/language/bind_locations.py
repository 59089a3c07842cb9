"""The `location` of `binds`: the environment, a file, or a provider of secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
