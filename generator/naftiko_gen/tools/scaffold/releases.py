"""The released versions of the scaffold, as a template that Copier can read.

Copier merges an update from a git repository in which the previous and the new version
are tags. naftiko-gen ships every version as a directory, and makes a temporary
repository of them for each run.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from naftiko_gen.emit import template_root
from naftiko_gen.tools.scaffold import git

SOURCE = "git+naftiko-gen:project"
"""The template's name in the answers: no path, so that it is valid on all machines."""
VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}")
"""A release, which is the name of its directory."""

_COMPILED = "__pycache__"
"""The directory that pip adds beside installed Python files, also in the template."""
_AUTHOR = {"user.name": "naftiko-gen", "user.email": "naftiko-gen@localhost"}
_NO_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
"""Variables that hide the user's settings: hooks, signatures and line ends."""


@dataclass(frozen=True)
class Releases:
    """The releases below a directory."""

    root: Path

    @classmethod
    def of_this_version(cls) -> Releases:
        """Return the releases that this version of naftiko-gen ships."""
        return cls(template_root() / "project")

    @property
    def names(self) -> list[str]:
        """Return the releases, the newest last."""
        names = (path.name for path in self.root.iterdir())
        return sorted(
            filter(VERSION.fullmatch, names),
            key=lambda name: [int(number) for number in name.split(".")],
        )

    @property
    def newest(self) -> str:
        """Return the newest release, which `init` writes."""
        return self.names[-1]

    def files(self, release: str) -> list[Path]:
        """Return the paths of the files that a release creates."""
        template = self.root / release / "template"
        return sorted(
            path.relative_to(template).with_name(path.name.removesuffix(".jinja"))
            for path in template.rglob("*")
            if path.is_file() and _COMPILED not in path.parts
        )

    @contextmanager
    def repository(self) -> Iterator[Mapping[str, str]]:
        """Make a temporary repository; yield the environment in which Copier finds it.

        Raises:
            CalledProcessError: Git fails.
            FileNotFoundError: Git isn't installed.
        """
        env = {**git.environment(_AUTHOR), **_NO_SETTINGS}
        with TemporaryDirectory(prefix="naftiko-gen-") as directory:
            place = Path(directory) / "project"
            place.mkdir()
            git.run(place, "init", "--quiet", "--initial-branch=main", env=env)
            for release in self.names:
                git.run(place, "rm", "-r", "--quiet", "--ignore-unmatch", ".", env=env)
                ignore = shutil.ignore_patterns(_COMPILED)
                source = self.root / release
                shutil.copytree(source, place, ignore=ignore, dirs_exist_ok=True)
                git.run(place, "add", "--all", "--force", env=env)
                message = f"--message={release}"
                git.run(place, "commit", "--quiet", "--allow-empty", message, env=env)
                git.run(place, "tag", release, env=env)
            name = f"url.{place.as_uri()}.insteadOf"
            yield {
                **git.environment({name: SOURCE.removeprefix("git+")}),
                "COPIER_CACHE_DIR": f"{directory}/cache",
                "COPIER_SETTINGS_PATH": f"{directory}/settings.yml",
            }
