"""The result of compiling a spec: its diagnostics, and the state of its package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.publish import disk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.emit.tools.lists import ToolList
    from naftiko_gen.publish.plan import Plan


@dataclass(frozen=True)
class UpToDate:
    """The package is up to date, as the cache knows: the spec wasn't compiled.

    `files` are the generated files.
    """

    root: Path
    files: tuple[str, ...]


@dataclass(frozen=True)
class Compiled:
    """The spec was compiled and, unless the run is dry, published.

    `runtime` is the plan of the distribution beside the package.
    """

    plan: Plan
    runtime: Plan | None = None


@dataclass(frozen=True)
class Failed:
    """There are errors; the package is unchanged."""


Outcome = UpToDate | Compiled | Failed


@dataclass(frozen=True)
class Result:
    """The result of compiling a spec.

    Attributes:
        spec: The spec.
        content: Its bytes.
        diagnostics: The diagnostics, in the order of the stages.
        outcome: The state of the package.
        sources: The files whose lines may be shown, by the name in diagnostics.
        imports: The SHA-256 of each import, by its path from the spec's directory.
        tool_lists: The tools of MCP servers, if the spec was compiled.
    """

    spec: Path
    content: bytes
    diagnostics: tuple[Diagnostic, ...]
    outcome: Outcome
    sources: Mapping[str, bytes] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    tool_lists: tuple[ToolList, ...] = ()

    @property
    def digests(self) -> dict[Path, str]:
        """Return the SHA-256 of each file that was read."""
        imports = {self.spec.parent / name: was for name, was in self.imports.items()}
        return {self.spec: disk.digest(self.content), **imports}
