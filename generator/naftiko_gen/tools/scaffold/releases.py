"""The released versions of the scaffold, as a template that Copier can read.

Copier merges an update from a git repository that has the version of last time and the
new one as tags. Every released version is a directory that is shipped; a repository is
made of them for one run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.templates import template_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOURCE = "git+naftiko-gen:project"
"""What the template is called in answers: no path, so that they fit every machine."""

_COMPILED = "__pycache__"
"""What pip adds to Python files that it installs, the template's among them."""

_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})")
_URL = SOURCE.removeprefix("git+")
_ANONYMOUS = {
    "GIT_AUTHOR_NAME": "naftiko-gen",
    "GIT_AUTHOR_EMAIL": "naftiko-gen@localhost",
    "GIT_COMMITTER_NAME": "naftiko-gen",
    "GIT_COMMITTER_EMAIL": "naftiko-gen@localhost",
    # Nobody's hooks, signatures and line ends.
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
_CAREFUL = (
    ("safe.bareRepository", "explicit"),
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
)
"""Settings with which git runs nothing that a repository brings along."""


@dataclass(frozen=True, order=True)
class Release:
    """A version of the scaffold: three numbers, as its directory is called."""

    numbers: tuple[int, int, int]

    @classmethod
    def of(cls, text: str) -> Release | None:
        """Read a version; None if it isn't one."""
        found = _VERSION.fullmatch(text)
        if found is None:
            return None
        major, minor, patch = map(int, found.groups())
        return cls((major, minor, patch))

    def __str__(self) -> str:
        """Return the version as it is written."""
        return ".".join(map(str, self.numbers))


@dataclass(frozen=True)
class Releases:
    """The releases below a directory, by default those that are shipped."""

    root: Path

    @classmethod
    def shipped(cls) -> Releases:
        """Return those that this version of naftiko-gen has."""
        return cls(template_root() / "project")

    @property
    def newest(self) -> Release:
        """Return the release that is written today."""
        return self._all()[-1]

    def files(self, release: Release) -> list[Path]:
        """Return the files of a release, by the names that they get."""
        template = self.root / str(release) / "template"
        everything = (path for path in template.rglob("*") if path.is_file())
        found = (path for path in everything if _COMPILED not in path.parts)
        named = (path.with_name(path.name.removesuffix(".jinja")) for path in found)
        return sorted(path.relative_to(template) for path in named)

    @contextmanager
    def repository(self) -> Iterator[Mapping[str, str]]:
        """Make the repository; yield the variables by which Copier's git finds it.

        Raises:
            FileNotFoundError: There is no git.
        """
        with TemporaryDirectory(prefix="naftiko-gen-") as directory:
            made = Path(directory) / "project"
            made.mkdir()
            _git(made, "init", "--quiet", "--initial-branch=main")
            for release in self._all():
                self._commit(made, release)
            yield {
                **environment((f"url.{made.as_uri()}.insteadOf", _URL)),
                "COPIER_CACHE_DIR": f"{directory}/cache",
                "COPIER_SETTINGS_PATH": f"{directory}/settings.yml",
            }

    def _all(self) -> list[Release]:
        """Return every release, the newest last."""
        found = (Release.of(path.name) for path in self.root.iterdir())
        return sorted(release for release in found if release is not None)

    def _commit(self, made: Path, release: Release) -> None:
        """Make a release the next commit, with its version as a tag."""
        _git(made, "rm", "-r", "--quiet", "--ignore-unmatch", ".")
        without = shutil.ignore_patterns(_COMPILED)
        source = self.root / str(release)
        shutil.copytree(source, made, ignore=without, dirs_exist_ok=True)
        _git(made, "add", "--all", "--force")
        _git(made, "commit", "--quiet", "--allow-empty", f"--message={release}")
        _git(made, "tag", str(release))


def _git(directory: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env={**environment(), **_ANONYMOUS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def environment(*settings: tuple[str, str]) -> dict[str, str]:
    """Return the environment with settings of git, without another repository's.

    Git takes a directory with the files of a bare repository for one, and runs what its
    configuration says. Such a directory can be committed, so it must not count. An
    archive can bring a repository along, so hooks and monitors are off.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    said = (*_CAREFUL, *settings)
    keys = {f"GIT_CONFIG_KEY_{n}": name for n, (name, _) in enumerate(said)}
    values = {f"GIT_CONFIG_VALUE_{n}": value for n, (_, value) in enumerate(said)}
    return {**kept, "GIT_CONFIG_COUNT": str(len(said)), **keys, **values}
