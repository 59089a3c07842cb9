"""Where pip gets this naftiko-gen: from an index, an address or a directory."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

from naftiko_gen.diagnostics.version import VERSION
from naftiko_gen.tools.scaffold import git

NAME = "naftiko-gen"
SOURCES = Path(__file__).resolve().parents[4]
"""The root of the clone, if the package runs from one."""

_PLAIN = re.compile(r"[A-Za-z0-9._+:/@~%\[\]-]+")
"""An address without characters that YAML or pip would interpret."""


@dataclass(frozen=True)
class Requirement:
    """A pip requirement that installs naftiko-gen.

    Attributes:
        text: The requirement, pinned by a version, a commit, a hash or a directory.
        is_local: Whether the requirement names files of this machine.
    """

    text: str
    is_local: bool


def requirement(extra: str = "") -> str:
    """Return the requirement that installs this version on this machine again.

    naftiko-gen is on no public index, so anybody could register its name there. An
    installation from an address is therefore named by that address.
    """
    name = f"{NAME}[{extra}]" if extra else NAME
    address = _address(_read_record())
    if address is None:
        return f"{name}=={VERSION}"
    # The pip of Python 3.11 rejects "name @ git+file:…".
    is_bare = address.startswith("git+file:")
    return f"{address}#egg={name}" if is_bare else f"{name} @ {address}"


def shared_requirement() -> Requirement:
    """Return the requirement that installs this version on other machines.

    A clone is named by its origin and its commit, if the origin has the commit.
    """
    match _read_record():
        case {"url": str(url), "vcs_info": _} if url.startswith("file:"):
            return Requirement(requirement(), is_local=True)
        case {"url": str(url)} if url.startswith("file:"):
            origin = _origin(Path(unquote(urlsplit(url).path)))
            text = f"{NAME} @ {origin}" if origin else requirement()
            return Requirement(text, is_local=origin is None)
        case _:
            return Requirement(requirement(), is_local=False)


def _read_record() -> dict[str, object]:
    """Return pip's record of an installation that isn't from an index (PEP 610)."""
    try:
        text = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        # The package runs from its sources and isn't installed.
        return {"url": SOURCES.as_uri(), "dir_info": {}}
    record: dict[str, object] = json.loads(text or "{}")
    return record


def _address(record: dict[str, object]) -> str | None:
    """Return the address in a record, pinned if possible; None without an address."""
    match record:
        case {"url": str(url), "vcs_info": {"vcs": str(vcs), "commit_id": str(commit)}}:
            path = record.get("subdirectory")
            return f"{vcs}+{url}@{commit}" + (f"#subdirectory={path}" if path else "")
        case {"url": str(url), "archive_info": {"hashes": {"sha256": str(digest)}}}:
            return f"{url}#sha256={digest}"
        case {"url": str(url), "archive_info": {"hash": str(digest)}}:
            return f"{url}#{digest}"
        case {"url": str(url)}:
            return url
        case _:
            return None


# --- a clone -----------------------------------------------------


def _origin(clone: Path) -> str | None:
    """Return origin and commit of a clone; None if other machines can't fetch them."""
    if not (clone / ".git").exists():
        return None

    def ask(*arguments: str) -> str:
        return git.run(clone, *arguments).strip()

    try:
        address = _without_secret(ask("remote", "get-url", "origin"))
        commit = ask("rev-parse", "HEAD")
        is_changed = ask("status", "--porcelain", "--untracked-files=no")
        is_shared = ask("branch", "--remotes", "--contains", commit)
    except (OSError, subprocess.CalledProcessError):
        return None
    is_plain = address is not None and _PLAIN.fullmatch(address)
    is_there = is_plain and is_shared and not is_changed
    return f"git+{address}@{commit}" if is_there else None


def _without_secret(address: str) -> str | None:
    """Return the address without user name and token; None if it is a local path.

    The scaffold commits the address, so it mustn't hold anybody's credentials.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    match parts.scheme:
        case "https":
            return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        case "ssh":
            return address
        case "":
            host, colon, path = address.partition(":")
            is_remote = bool(colon) and "/" not in host
            return f"ssh://{host}/{path.lstrip('/')}" if is_remote else None
        case _:
            return None
