"""The packages of a project's specs, compiled into a wheel instead of its sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from naftiko_gen.configuration import document
from naftiko_gen.configuration.document import ConfigurationError
from naftiko_gen.configuration.model import read
from naftiko_gen.configuration.options import Layout, Settings
from naftiko_gen.diagnostics import Diagnostic, Severity, rendering
from naftiko_gen.emit.files import package_directory
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.publish import manifest
from naftiko_gen.publish.outcome import Result


class BuildError(Exception):
    """The packages can't be built; the message says why, or has the diagnostics."""


@dataclass(frozen=True)
class Packages:
    """The packages of a project, as its configuration names them."""

    settings: Settings

    @classmethod
    def of(cls, project: Path) -> Packages:
        """Read the configuration in a project's directory.

        Raises:
            BuildError: There is none, or it can't be used.
        """
        try:
            source = document.read_within(project)
            if source is None:
                raise BuildError(
                    "no specs are configured: name them in [tool.naftiko-gen] of"
                    " pyproject.toml, or in naftiko-gen.toml"
                )
            return cls(read(source, wants_specs=True))
        except ConfigurationError as error:
            raise BuildError(_text(error.diagnostics, error.sources)) from error

    @property
    def names(self) -> dict[str, Path]:
        """Return the names of the packages, each with its spec."""
        layout = Layout.PACKAGE
        return {package_directory(spec, layout): spec for spec in self.settings.specs}

    def compile(self, output: Path) -> str:
        """Write the packages below a directory; return their diagnostics as text.

        Raises:
            BuildError: A spec has errors.
        """
        if len(self.names) < len(self.settings.specs):
            raise BuildError("two specs have the same package; rename one")
        options = replace(
            self.settings.options,
            output=output,
            layout=Layout.PACKAGE,
            records_origin=False,
        )
        results = [compile_spec(spec, options) for spec in self.settings.specs]
        if any(result.changes is None for result in results):
            raise BuildError("".join(map(_fault_text, results)))
        return "".join(_text(result.diagnostics, result.sources) for result in results)

    def refuse_missing(self, output: Path, requirements: Iterable[str]) -> None:
        """Refuse a project without the dependencies of its compiled packages.

        Raises:
            BuildError: The requirements lack some; the message has them.
        """
        missing = lacking(self.dependencies(output), requirements)
        if missing:
            lines = "".join(f"    {json.dumps(text)},\n" for text in missing)
            raise BuildError(
                "the packages import libraries that the project doesn't depend on;"
                f" add them to the dependencies in pyproject.toml:\n{lines}"
            )

    def dependencies(self, output: Path) -> list[str]:
        """Return the requirements of the packages that were compiled there."""
        requirements = (manifest.dependencies(output / name) for name in self.names)
        return sorted({*chain.from_iterable(requirements)})


def lacking(dependencies: Iterable[str], requirements: Iterable[str]) -> list[str]:
    """Return the dependencies whose distribution, or extra, no requirement names."""
    extras: dict[NormalizedName, set[str]] = {}
    for requirement in map(Requirement, requirements):
        name = canonicalize_name(requirement.name)
        extras.setdefault(name, set()).update(requirement.extras)
    return [
        text for text in dependencies if not _is_declared(Requirement(text), extras)
    ]


def _is_declared(
    requirement: Requirement, extras: Mapping[NormalizedName, set[str]]
) -> bool:
    name = canonicalize_name(requirement.name)
    return name in extras and requirement.extras <= extras[name]


def _fault_text(result: Result) -> str:
    """Return the errors and warnings of a spec: its notes would hide them."""
    severe = (d for d in result.diagnostics if d.severity is not Severity.NOTE)
    return _text(severe, result.sources)


def _text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, bytes]) -> str:
    return rendering.text(tuple(diagnostics), sources, verbose=False, color=False)
