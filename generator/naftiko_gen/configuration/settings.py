"""The settings of a run: the command line overrides the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from naftiko_gen.configuration.options import Delivery, Layout, Options

if TYPE_CHECKING:
    import argparse

OUTPUT = Path("generated")
_PATHS = ("output", "import_root")
_OPTIONS = tuple(option.name for option in fields(Options))


def overridden_paths(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return the settings for directories that the command line overrides."""
    return tuple(path for path in _PATHS if _is_set(arguments, path))


@dataclass(frozen=True)
class Settings:
    """The settings of a run, by default as without a configuration.

    Attributes:
        file: The configuration, if there is one.
        specs: The specs of the run.
        options: The options for each spec.
        jobs: The number of specs compiled at a time; None for the default.
    """

    file: Path | None = None
    specs: tuple[Path, ...] = ()
    options: Options = field(default_factory=lambda: Options(output=OUTPUT))
    jobs: int | None = None

    def override(self, arguments: argparse.Namespace) -> Settings:
        """Return the settings, overridden by the command line."""
        options: dict[str, Any] = {
            name: getattr(arguments, name)
            for name in _OPTIONS
            if _is_set(arguments, name)
        }
        if "layout" in options:
            options["layout"] = Layout(options["layout"])
        if "runtime" in options:
            options["runtime"] = Delivery(options["runtime"])
        jobs = arguments.jobs if _is_set(arguments, "jobs") else self.jobs
        return replace(self, options=replace(self.options, **options), jobs=jobs)


def _is_set(arguments: argparse.Namespace, name: str) -> bool:
    return getattr(arguments, name, None) is not None
