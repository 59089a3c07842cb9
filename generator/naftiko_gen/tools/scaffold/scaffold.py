"""A scaffold in a directory: made of the template, and merged with a newer one."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import yaml

from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.syntax import files
from naftiko_gen.tools.scaffold.git import words
from naftiko_gen.tools.scaffold.programs import programs
from naftiko_gen.tools.scaffold.releases import SOURCE, Release, Releases

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWERS = ".copier-answers.yml"
"""The file that says which release a scaffold is of, and what was asked for."""


class ScaffoldError(Exception):
    """What keeps a scaffold from being made or renewed, in a sentence."""


@dataclass(frozen=True)
class Renewed:
    """A merge: from which release to which, and files that need a look."""

    before: Release
    after: Release
    conflicts: tuple[str, ...]


def create(directory: Path, answers: Mapping[str, str], releases: Releases) -> None:
    """Write the newest release into a directory; files that are there stay.

    Raises:
        ScaffoldError: It can't be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise ScaffoldError("can't make the directory: it is a file") from error
    except OSError as error:
        raise ScaffoldError(f"can't make the directory: {error.strerror}") from error
    with TemporaryDirectory(prefix="naftiko-gen-") as temporary:
        data = Path(temporary) / "answers.yml"
        # JSON is YAML, and quotes everything.
        data.write_text(json.dumps(dict(answers)), encoding="ascii")
        arguments = ("--skip=*", f"--data-file={data}", "--", SOURCE, str(directory))
        _copier(releases, "copy", *arguments)


def renew(directory: Path, releases: Releases) -> Renewed:
    """Merge the newest release into a scaffold that an earlier one has made.

    What its owner changed stays; what both changed is marked as a conflict.

    Raises:
        ScaffoldError: There is no scaffold, or it can't be merged.
    """
    before, newest = release_of(directory), releases.newest
    if before > newest:
        raise ScaffoldError(
            f"the scaffold is of {before}, this naftiko-gen has {newest}: upgrade it"
        )
    if before == newest:
        return Renewed(before, newest, ())
    _refuse_programs(directory)
    _copier(releases, "update", "--", str(directory))
    return Renewed(before, newest, _conflicts(directory))


def _refuse_programs(directory: Path) -> None:
    """Refuse a repository whose settings would have git run a program."""
    try:
        named = programs(directory)
    except FileNotFoundError as error:
        raise ScaffoldError("git is needed, and isn't installed") from error
    except subprocess.CalledProcessError as error:
        raise ScaffoldError("git can't read the repository's settings") from error
    if named:
        raise ScaffoldError(
            f"the repository's own setting {shown(named[0])} has git run a program, "
            "which may be a stranger's; if it is yours, move it to your own settings "
            "(`git config --global`), else remove it (`git config --unset`)"
        )


def release_of(directory: Path) -> Release:
    """Return the release that a scaffold is of; raises ScaffoldError."""
    try:
        answers = yaml.safe_load(files.content(directory / ANSWERS))
    except FileNotFoundError:
        missing = f"there is no {ANSWERS}: naftiko-gen init makes a scaffold"
        raise ScaffoldError(missing) from None
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        raise ScaffoldError(f"{ANSWERS} can't be read") from None
    match answers:
        # Another source would be fetched, whatever it is.
        case {"_src_path": str(source), "_commit": str(text)} if source == SOURCE:
            found = Release.of(text)
        case _:
            found = None
    if found is None:
        raise ScaffoldError(f"{ANSWERS} isn't of naftiko-gen init")
    return found


def _copier(releases: Releases, command: str, *arguments: str) -> None:
    """Run Copier by itself, so that only it sees the repository of the releases."""
    try:
        with releases.repository() as variables:
            options = (f"--vcs-ref={releases.newest}", "--defaults", "--quiet")
            done = subprocess.run(
                # What a module in the current directory says isn't to be run.
                [sys.executable, "-P", "-m", "copier", command, *options, *arguments],
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
    except FileNotFoundError as error:
        raise ScaffoldError("git is needed, and isn't installed") from error
    except subprocess.CalledProcessError as error:
        raise ScaffoldError("git can't make a repository of the template") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["Copier failed"]
        raise ScaffoldError(said[-1])


def _conflicts(directory: Path) -> tuple[str, ...]:
    """Return the files that both sides changed in the same place."""
    command = ("diff", "--name-only", "--diff-filter=U", "--relative", "-z")
    return tuple(filter(None, words(directory, *command)))
