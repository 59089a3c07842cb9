"""Images without an engine: buildah makes them, bubblewrap runs their root.

The base is of Debian's packages, so no registry of images is asked.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from waiting import PATIENCE, eventually
from wheelhouse import CHECKOUT, once

TOOLS = ("buildah", "bwrap", "mmdebstrap")
BASE_PACKAGES = "base-files,ca-certificates,coreutils,dash,python3,python3-venv"
WRITABLE = ("run", "tmp", "var/run")
SHELL = "/usr/bin/dash"
CONFIGURATION = """\
[containers]
cgroups = "disabled"
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
"""


def skip_without_tools() -> None:
    """Skip where images can't be made or run."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)}: not installed")
    if os.getuid() != 0:
        pytest.skip("only root makes images without an engine")


def debian_suite() -> str:
    """Return the name of this machine's Debian, whose Python the tests have."""
    lines = Path("/etc/os-release").read_text("utf-8").splitlines()
    return next(
        line.partition("=")[2] for line in lines if line.startswith("VERSION_CODENAME=")
    )


def base_archive() -> Path:
    """Return the root of the base image, as an archive that later runs find."""
    suite = debian_suite()

    # No script of a package runs: unpacking takes a few seconds.
    hooks = "/usr/share/mmdebstrap/hooks/merged-usr"
    options = ("--quiet", "--variant=extract", f"--include={BASE_PACKAGES}")
    command = ("mmdebstrap", *options, f"--hook-dir={hooks}", suite)

    def make(directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        run([*command, str(directory / "base.tar")])

    cache = CHECKOUT / ".cache"
    cache.mkdir(exist_ok=True)
    digest = hashlib.sha256(" ".join(command).encode()).hexdigest()
    return once(cache / f"image-base-{digest[:12]}", make) / "base.tar"


def run(command: Sequence[str], **env: str) -> str:
    """Run a command to its end; return its standard output."""
    process = subprocess.run(
        command,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@dataclass(frozen=True)
class Builder:
    """buildah with a storage of its own."""

    place: Path

    def run(self, *arguments: str) -> str:
        """Run one of its commands."""
        storage = (
            "--root",
            str(self.place / "root"),
            "--runroot",
            str(self.place / "r"),
        )
        configuration = self.place / "containers.conf"
        configuration.write_text(CONFIGURATION, encoding="ascii")
        command = ("buildah", *storage, *arguments)
        return run(command, CONTAINERS_CONF=str(configuration)).strip()

    def import_base(self, archive: Path) -> str:
        """Make an image of an archive; return its name."""
        container = self.run("from", "scratch")
        self.run("add", "--quiet", container, str(archive), "/")
        self.run("commit", "--quiet", "--rm", container, "localhost/base:latest")
        return "localhost/base:latest"

    def configuration(self, image: str) -> dict[str, Any]:
        """Return the user, the command and the ports of an image."""
        document = json.loads(self.run("inspect", "--type", "image", image))
        configuration: dict[str, Any] = document["OCIv1"]["config"]
        return configuration

    @contextmanager
    def mount(self, image: str) -> Iterator[Path]:
        """Show the root of an image until the end of the block."""
        container = self.run("from", "--pull-never", image)
        try:
            yield Path(self.run("mount", container))
        finally:
            self.run("umount", container)
            self.run("rm", container)


@dataclass(frozen=True)
class Sandbox:
    """A root that runs like a container's: read-only, without a user's rights.

    `files` are mounted files and directories, by their place in the root.
    """

    root: Path
    user: str
    files: Mapping[str, Path]

    def command(self, words: Sequence[str], env: Mapping[str, str]) -> list[str]:
        """Return the command that runs words in the root; no shell is there."""
        user, _, group = self.user.partition(":")
        mounts = [("--ro-bind", str(path), at) for at, path in self.files.items()]
        variables = [("--setenv", name, value) for name, value in env.items()]
        return [
            *("bwrap", "--ro-bind", str(self.root), "/", "--proc", "/proc"),
            *("--dev", "/dev"),
            *(word for place in WRITABLE for word in ("--tmpfs", f"/{place}")),
            *("--ro-bind", "/dev/null", SHELL),
            *(word for mount in mounts for word in mount),
            *("--unshare-all", "--share-net", "--uid", user, "--gid", group),
            *("--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv"),
            *(word for variable in variables for word in variable),
            *words,
        ]

    @contextmanager
    def running(
        self, words: Sequence[str], env: Mapping[str, str]
    ) -> Iterator[IO[str]]:
        """Run a server until the end of the block; yield all that it prints.

        It ends by itself after a signal, with 0.
        """
        reading, writing = os.pipe()
        bwrap, *others = self.command(words, env)
        command = [bwrap, "--info-fd", str(writing), *others]
        with subprocess.Popen(
            command, pass_fds=(writing,), stderr=subprocess.PIPE, encoding="utf-8"
        ) as process:
            os.close(writing)
            with os.fdopen(reading) as info:
                init = int(json.load(info)["child-pid"])
            assert process.stderr is not None
            try:
                yield process.stderr
            finally:
                if process.poll() is None:
                    os.kill(child_of(init), signal.SIGTERM)
                process.wait(PATIENCE)
        assert process.returncode == 0


def child_of(init: int) -> int:
    """Return the process that a sandbox's first process has started."""
    children = Path(f"/proc/{init}/task/{init}/children")
    eventually(lambda: bool(children.read_text().split()))
    [child] = children.read_text().split()
    return int(child)
