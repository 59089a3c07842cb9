"""The hooks of hatchling.

`[tool.hatch.build.targets.wheel.hooks.naftiko-gen]` puts the packages into wheels, and
`[tool.hatch.metadata.hooks.naftiko-gen]` adds their dependencies to the project's.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface
from hatchling.plugin import hookimpl

from naftiko_gen.building.packages import BuildError, Packages


class CapabilitiesHook(BuildHookInterface[Any]):
    """Puts the packages of the project's specs into its wheel."""

    PLUGIN_NAME = "naftiko-gen"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the specs into a temporary directory, and add its packages.

        An editable wheel gets the packages as they are at its installation. A source
        distribution has the specs, and needs no packages.
        """
        if self.target_name != "wheel":
            return
        self._directory = TemporaryDirectory(prefix="naftiko-gen-")
        output = Path(self._directory.name)
        try:
            packages = Packages.of(Path(self.root))
            diagnostics = packages.compile(output)
            packages.refuse_missing(output, self._requirements())
        except BuildError as error:
            self.app.abort(f"naftiko-gen:\n{error}")
        self.app.display_info(diagnostics)
        key = "force_include_editable" if version == "editable" else "force_include"
        for name in packages.names:
            build_data[key][str(output / name)] = name

    def _requirements(self) -> list[str]:
        """Return the requirements of the project and of its extras."""
        project = self.metadata.core
        extras = project.optional_dependencies.values()
        return [*project.dependencies, *chain.from_iterable(extras)]

    def finalize(self, version: str, build_data: dict[str, Any], artifact: str) -> None:
        """Remove the directory: the wheel is written."""
        del version, build_data, artifact
        if self.target_name == "wheel":
            self._directory.cleanup()


class DependenciesHook(MetadataHookInterface):
    """Adds the dependencies of the packages to those in its own table."""

    PLUGIN_NAME = "naftiko-gen"

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the project's dependencies, which are `dynamic`."""
        with TemporaryDirectory(prefix="naftiko-gen-") as directory:
            output = Path(directory)
            try:
                packages = Packages.of(Path(self.root))
                packages.compile(output)
            except BuildError as error:
                raise SystemExit(f"naftiko-gen:\n{error}") from error
            own = self.config.get("dependencies", ())
            metadata["dependencies"] = [*own, *packages.dependencies(output)]


@hookimpl
def hatch_register_build_hook() -> type[CapabilitiesHook]:
    """Tell hatchling of the hook."""
    return CapabilitiesHook


@hookimpl
def hatch_register_metadata_hook() -> type[DependenciesHook]:
    """Tell hatchling of the hook for metadata."""
    return DependenciesHook
