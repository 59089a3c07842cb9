"""Creating a scaffold in a directory, and merging it with a newer release."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.syntax import files
from naftiko_gen.tools.scaffold import git
from naftiko_gen.tools.scaffold.releases import SOURCE, VERSION, Releases

ANSWERS = ".copier-answers.yml"
"""The file with a scaffold's release, and the answers that it was made with."""


class ScaffoldError(Exception):
    """A scaffold can't be made or renewed; the text is for the user."""


@dataclass(frozen=True)
class Renewal:
    """A merge: the releases before and after, and the files with conflicts."""

    before: str
    after: str
    conflicts: tuple[str, ...] = ()


def create(directory: Path, answers: Mapping[str, str], releases: Releases) -> None:
    """Write the newest release into a directory; never replace files.

    Raises:
        ScaffoldError: The scaffold can't be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if files.kind(directory) else error.strerror
        raise ScaffoldError(f"can't make the directory: {reason}") from error
    with TemporaryDirectory(prefix="naftiko-gen-") as temporary:
        data = Path(temporary) / "answers.yml"
        # JSON is YAML, and quotes everything.
        data.write_text(json.dumps(dict(answers)), encoding="ascii")
        arguments = ("--skip=*", f"--data-file={data}", "--", SOURCE, str(directory))
        _copier(releases, "copy", *arguments)


def renew(directory: Path, releases: Releases) -> Renewal:
    """Merge the newest release into the scaffold of an earlier release.

    The owner's changes stay. Lines that both sides changed are marked as a conflict.

    Raises:
        ScaffoldError: There is no scaffold, or it can't be merged.
    """
    before, newest = release_of(directory), releases.newest
    if before not in releases.names:
        raise ScaffoldError(
            f"the scaffold is of release {before}, which this naftiko-gen doesn't have;"
            f" it has {newest}"
        )
    if before == newest:
        return Renewal(before, newest)
    with _explaining("git can't read the repository's settings"):
        settings = git.programs(directory)
    if settings:
        raise ScaffoldError(
            f"the repository's own setting {quote(settings[0])} makes git run a "
            "program that somebody else may have written; if it is yours, move it to "
            "your own settings (`git config --global`), else remove it "
            "(`git config --unset`)"
        )
    _copier(releases, "update", "--", str(directory))
    options = ("--name-only", "--diff-filter=U", "--relative", "-z")
    conflicts = git.run(directory, "diff", *options).split("\0")
    return Renewal(before, newest, tuple(filter(None, conflicts)))


def release_of(directory: Path) -> str:
    """Return the release of a scaffold.

    Raises:
        ScaffoldError: There is no scaffold, or its answers can't be read.
    """
    try:
        answers = yaml.safe_load(files.content(directory / ANSWERS))
    except FileNotFoundError:
        missing = f"{ANSWERS} is missing: make a scaffold with `naftiko-gen init`"
        raise ScaffoldError(missing) from None
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        raise ScaffoldError(f"{ANSWERS} can't be read") from None
    match answers:
        # Copier would fetch any other source.
        case {
            "_src_path": str(source),
            "_commit": str(release),
        } if source == SOURCE and VERSION.fullmatch(release):
            return release
        case _:
            raise ScaffoldError(f"{ANSWERS} wasn't written by `naftiko-gen init`")


@contextmanager
def _explaining(failure: str) -> Iterator[None]:
    """Turn a failure of git into an error for the user."""
    try:
        yield
    except FileNotFoundError as error:
        raise ScaffoldError("git is needed, and isn't installed") from error
    except subprocess.CalledProcessError as error:
        raise ScaffoldError(failure) from error


def _copier(releases: Releases, command: str, *arguments: str) -> None:
    """Run Copier in a process whose environment names the temporary repository."""
    options = (f"--vcs-ref={releases.newest}", "--defaults", "--quiet")
    with (
        _explaining("git can't make a repository of the template"),
        releases.repository() as variables,
    ):
        process = _run((command, *options, *arguments), variables)
    if process.returncode:
        lines = process.stderr.strip().splitlines() or ["Copier failed"]
        raise ScaffoldError(lines[-1])


def _run(
    arguments: tuple[str, ...], variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        # `-P` keeps modules of the current directory from being imported.
        [sys.executable, "-P", "-m", "copier", *arguments],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
