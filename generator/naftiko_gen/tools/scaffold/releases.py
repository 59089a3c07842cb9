"""The released versions of the scaffold, as a template that Copier can read.

Copier merges an update from a git repository in which the previous and the new version
are tags. naftiko-gen ships every version as a directory, and makes a temporary
repository of them for each run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from naftiko_gen.emit import template_root

SOURCE = "git+naftiko-gen:project"
"""The template's name in the answers: no path, so that it is valid on all machines."""

_COMPILED = "__pycache__"
"""The directory that pip adds beside installed Python files, also in the template."""

_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})")
_URL = SOURCE.removeprefix("git+")
_ANONYMOUS = {
    "GIT_AUTHOR_NAME": "naftiko-gen",
    "GIT_AUTHOR_EMAIL": "naftiko-gen@localhost",
    "GIT_COMMITTER_NAME": "naftiko-gen",
    "GIT_COMMITTER_EMAIL": "naftiko-gen@localhost",
    # Ignore the user's settings: hooks, signatures and line ends.
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
_CAREFUL = (
    ("safe.bareRepository", "explicit"),
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
)
"""Settings that stop git from running programs of a repository."""


@dataclass(frozen=True, order=True)
class Release:
    """A version of the scaffold: the three numbers of its directory's name."""

    numbers: tuple[int, int, int]

    @classmethod
    def of(cls, text: str) -> Release | None:
        """Parse a version; return None if the text isn't one."""
        match = _VERSION.fullmatch(text)
        if match is None:
            return None
        major, minor, patch = map(int, match.groups())
        return cls((major, minor, patch))

    def __str__(self) -> str:
        """Return the version in its full form: `1.2.3`."""
        return ".".join(map(str, self.numbers))


@dataclass(frozen=True)
class Releases:
    """The releases below a directory."""

    root: Path

    @classmethod
    def of_this_version(cls) -> Releases:
        """Return the releases that this version of naftiko-gen ships."""
        return cls(template_root() / "project")

    @property
    def newest(self) -> Release:
        """Return the newest release, which `init` writes."""
        return self._all()[-1]

    def has(self, release: Release) -> bool:
        """Return whether a release is one of them."""
        return release in self._all()

    def files(self, release: Release) -> list[Path]:
        """Return the paths of the files that a release creates."""
        template = self.root / str(release) / "template"
        existing = (path for path in template.rglob("*") if path.is_file())
        sources = (path for path in existing if _COMPILED not in path.parts)
        targets = (path.with_name(path.name.removesuffix(".jinja")) for path in sources)
        return sorted(path.relative_to(template) for path in targets)

    @contextmanager
    def repository(self) -> Iterator[Mapping[str, str]]:
        """Make a temporary repository; yield the environment in which Copier finds it.

        Raises:
            FileNotFoundError: Git isn't installed.
        """
        with TemporaryDirectory(prefix="naftiko-gen-") as directory:
            repository_path = Path(directory) / "project"
            repository_path.mkdir()
            _git(repository_path, "init", "--quiet", "--initial-branch=main")
            for release in self._all():
                self._commit(repository_path, release)
            yield {
                **environment((f"url.{repository_path.as_uri()}.insteadOf", _URL)),
                "COPIER_CACHE_DIR": f"{directory}/cache",
                "COPIER_SETTINGS_PATH": f"{directory}/settings.yml",
            }

    def _all(self) -> list[Release]:
        """Return all releases, the newest last."""
        releases = (Release.of(path.name) for path in self.root.iterdir())
        return sorted(release for release in releases if release is not None)

    def _commit(self, repository: Path, release: Release) -> None:
        """Commit a release, with its version as a tag."""
        _git(repository, "rm", "-r", "--quiet", "--ignore-unmatch", ".")
        ignore = shutil.ignore_patterns(_COMPILED)
        source = self.root / str(release)
        shutil.copytree(source, repository, ignore=ignore, dirs_exist_ok=True)
        _git(repository, "add", "--all", "--force")
        _git(repository, "commit", "--quiet", "--allow-empty", f"--message={release}")
        _git(repository, "tag", str(release))


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
    """Return this environment with safe git settings and no other `GIT_` variables.

    Git treats a directory with the files of a bare repository as one, and runs programs
    that its configuration names. Such a directory can be committed, so git must ignore
    it. An archive can hold a repository, so hooks and monitors are off.
    """
    own_environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    all_settings = (*_CAREFUL, *settings)
    keys = {f"GIT_CONFIG_KEY_{n}": name for n, (name, _) in enumerate(all_settings)}
    values = {
        f"GIT_CONFIG_VALUE_{n}": value for n, (_, value) in enumerate(all_settings)
    }
    return {
        **own_environment,
        "GIT_CONFIG_COUNT": str(len(all_settings)),
        **keys,
        **values,
    }


# --- untrusted repositories -----------------------------------------------------


def words(directory: Path, *arguments: str) -> list[str]:
    """Return the output of a git command, split at null characters.

    Raises:
        CalledProcessError: Git fails.
        FileNotFoundError: Git isn't installed.
    """
    process = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=True,
    )
    return process.stdout.split("\0")


_NAME = re.compile(
    r"filter\..*\.(clean|smudge|process)|merge\..*\.driver"
    r"|diff\..*\.(command|textconv)|diff\.external",
    re.DOTALL,
)
_SCOPES = ("local", "worktree")
"""Git's names for the scopes of settings that are stored in a repository."""


def programs(directory: Path) -> tuple[str, ...]:
    """Return the names of the repository's settings that name programs.

    Hooks and `core.fsmonitor` aren't included: `environment` turns them off.

    Raises:
        CalledProcessError: Git can't read the settings.
        FileNotFoundError: Git isn't installed.
    """
    command = ("config", "--list", "--show-scope", "--name-only", "--null")
    pairs = words(directory, *command)
    settings = zip(pairs[::2], pairs[1::2], strict=False)
    return tuple(
        name
        for scope, name in settings
        if scope in _SCOPES and _NAME.fullmatch(name) is not None
    )
