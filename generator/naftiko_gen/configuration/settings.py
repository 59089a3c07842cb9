"""The settings of a run: what the command line says, else the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from naftiko_gen.emit.code.layout import Layout

if TYPE_CHECKING:
    import argparse

    from naftiko_gen.diagnostics.report import Severities

_PATHS = ("output", "import_root")
_OPTIONS = (
    "output",
    "api_docs",
    "strict",
    "skip_unresolved",
    "import_root",
    "jobs",
)


def overridden_paths(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the settings for directories that the command line says itself."""
    return tuple(path for path in _PATHS if getattr(options, path, None) is not None)


@dataclass(frozen=True)
class Settings:
    """What a run does; the defaults are those of a run without a configuration.

    Attributes:
        file: The configuration, if there is one.
        specs: The specs of the run.
        severities: Other severities than the codes' own.
    """

    file: Path | None = None
    specs: tuple[Path, ...] = ()
    output: Path = Path("generated")
    layout: Layout = Layout.PROJECT
    api_docs: bool = False
    strict: bool = False
    skip_unresolved: bool = False
    import_root: Path | None = None
    jobs: int | None = None
    severities: Severities = field(default_factory=dict)

    def overridden(self, options: argparse.Namespace) -> Settings:
        """Return the settings in which what the command line says wins."""
        given: dict[str, Any] = {
            name: getattr(options, name)
            for name in _OPTIONS
            if getattr(options, name, None) is not None
        }
        if getattr(options, "layout", None) is not None:
            given["layout"] = Layout(options.layout)
        return replace(self, **given)
