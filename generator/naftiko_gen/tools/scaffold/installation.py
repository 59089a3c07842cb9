"""Where pip gets this naftiko-gen: from an index, an address or a directory."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from naftiko_gen import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "naftiko-gen"
SOURCES = Path(__file__).resolve().parents[4]
"""The clone, where nothing has copied the package out of it."""

_PLAIN = re.compile(r"[A-Za-z0-9._+:/@~%\[\]-]+")
"""An address that is no markup in YAML, and no option or comment to pip."""


@dataclass(frozen=True)
class Requirement:
    """How pip is asked for a naftiko-gen.

    Attributes:
        text: The requirement, with a version, a commit, a hash or a directory.
        is_local: Whether only this machine has what it names.
    """

    text: str
    is_local: bool


def requirement(extra: str = "") -> str:
    """Return the requirement by which pip installs this version on this machine again.

    naftiko-gen is on no public index, where anybody could take its name. So one that
    was installed from elsewhere is named by its address, never by its name alone.
    """
    name = f"{NAME}[{extra}]" if extra else NAME
    address = _address(_recorded())
    if address is None:
        return f"{name}=={__version__}"
    # The pip of Python 3.11 takes no name in front of such an address.
    is_bare = address.startswith("git+file:")
    return f"{address}#egg={name}" if is_bare else f"{name} @ {address}"


def shared_requirement(variables: Mapping[str, str]) -> Requirement:
    """Return the requirement by which other machines install this version.

    A clone is named by the repository that it was cloned from, and by its commit, if
    that repository has the commit. `variables` is the environment of git.
    """
    match _recorded():
        case {"url": str(url), "vcs_info": _} if url.startswith("file:"):
            return Requirement(requirement(), is_local=True)
        case {"url": str(url)} if url.startswith("file:"):
            origin = _origin(Path(unquote(urlsplit(url).path)), variables)
            text = f"{NAME} @ {origin}" if origin else requirement()
            return Requirement(text, is_local=origin is None)
        case _:
            return Requirement(requirement(), is_local=False)


def _recorded() -> object:
    """Return what pip notes of an installation that isn't from an index: PEP 610."""
    try:
        text = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        # It runs from its sources, which nothing has installed.
        return {"url": SOURCES.as_uri(), "dir_info": {}}
    return json.loads(text or "{}")


def _address(recorded: object) -> str | None:
    """Return the address in a record, pinned as far as it can be; None without one."""
    match recorded:
        case {"url": str(url), "vcs_info": {"vcs": str(vcs), "commit_id": str(commit)}}:
            return f"{vcs}+{url}@{commit}{_subdirectory(recorded)}"
        case {"url": str(url), "archive_info": {"hashes": {"sha256": str(digest)}}}:
            return f"{url}#sha256={digest}"
        case {"url": str(url), "archive_info": {"hash": str(written)}}:
            return f"{url}#{written}"
        case {"url": str(url)}:
            return url
        case _:
            return None


def _subdirectory(recorded: object) -> str:
    match recorded:
        case {"subdirectory": str(path)}:
            return f"#subdirectory={path}"
        case _:
            return ""


# --- a clone -----------------------------------------------------


def _origin(clone: Path, variables: Mapping[str, str]) -> str | None:
    """Return the repository and the commit of a clone, None if others can't get it."""
    if not (clone / ".git").exists():
        return None

    def git(*arguments: str) -> str:
        command = ("git", "-C", str(clone), *arguments)
        done = subprocess.run(
            command, env=dict(variables), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        address = _without_secret(git("remote", "get-url", "origin"))
        commit = git("rev-parse", "HEAD")
        is_changed = git("status", "--porcelain", "--untracked-files=no")
        is_shared = git("branch", "--remotes", "--contains", commit)
    except (OSError, subprocess.CalledProcessError, UnicodeDecodeError):
        return None
    if address is None or is_changed or not is_shared:
        return None
    if not _PLAIN.fullmatch(address):
        return None
    return f"git+{address}@{commit}"


def _without_secret(address: str) -> str | None:
    """Return an address that other machines reach; None if it is one of this machine.

    A repository has no place for the name and the token of whoever cloned it.
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
