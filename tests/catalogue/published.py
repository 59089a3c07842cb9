"""Documents as their authors published them, and their packages."""

import fcntl
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from delivery import compile_package
from naftiko_gen.configuration.options import Options
from naftiko_gen.publish.outcome import Result

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
OUTCOMES = CORPUS / "expected.json"

OWN = ("specs/*.yaml", "tests/behaviour/*.yaml", "tests/golden/*/spec.yaml")
"""Documents of this project, which are there wherever its tests are."""

needs_the_corpus = pytest.mark.skipif(
    not OUTCOMES.exists(), reason="the corpus isn't beside the checkout"
)


@dataclass(frozen=True)
class Published:
    """A document, and its expected outcome.

    Attributes:
        name: Its path in the corpus.
        refusals: Codes, one of which refuses it; none if it compiles.
        units: The number of routes and tools that it exposes, if known.
    """

    name: str
    refusals: frozenset[str]
    units: int | None

    @property
    def path(self) -> Path:
        return CORPUS / self.name

    @property
    def compiles(self) -> bool:
        return not self.refusals


_TOOL = re.compile(r"^    (?:\w*Tool|TABLE\.tool)\(", re.MULTILINE)
"""A tool of a server, which long facts of it don't change."""


@dataclass(frozen=True)
class Made:
    """A package made from a document."""

    document: Published
    project: Path

    @property
    def module(self) -> str:
        [client] = self.project.glob("*/client.py")
        return client.parent.name

    @property
    def units(self) -> int:
        """Return the number of routes and tools; adapters may share tools' names."""
        servers = (self.project / self.module).glob("mcp_*.py")
        tools = sum(len(_TOOL.findall(server.read_text("utf-8"))) for server in servers)
        return tools + len(self._manifest["routes"])

    @property
    def _manifest(self) -> dict[str, Any]:
        content = (self.project / ".naftiko-gen.json").read_text("utf-8")
        manifest: dict[str, Any] = json.loads(content)
        return manifest


def own_specs() -> list[Path]:
    """Return the specs of this project."""
    return sorted(path for pattern in OWN for path in ROOT.glob(pattern))


def documents() -> list[Published]:
    """Return the documents whose outcome is known."""
    if not OUTCOMES.exists():
        return []
    outcomes: dict[str, dict[str, Any]] = json.loads(OUTCOMES.read_text("utf-8"))
    return [
        Published(name, frozenset(outcome.get("any_of", ())), outcome.get("units"))
        for name, outcome in outcomes.items()
    ]


def each(of: Sequence[Published]) -> pytest.MarkDecorator:
    """Run a test with each document."""
    return pytest.mark.parametrize("document", of, ids=lambda d: d.path.stem)


def compilable() -> list[Published]:
    """Return the documents that become packages today."""
    return [d for d in documents() if d.compiles]


@cache
def compile_once(document: Published, output: Path) -> Result:
    """Compile a document once; processes that share the directory take turns."""
    output.mkdir(exist_ok=True)
    with (output / f"{document.path.stem}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        return compile_package(document.path, Options(output))


def make_package(document: Published, output: Path) -> Made:
    """Return the package of a document that compiles."""
    changes = compile_once(document, output).changes
    assert changes, document.name
    return Made(document, changes.root)
