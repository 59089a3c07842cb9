"""The command of setuptools: `cmdclass = {build_py = "…setuptools.BuildPackages"}`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import cast

from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

from naftiko_gen.building.packages import BuildError, Packages


class BuildPackages(build_py):
    """Builds the project's modules, and the packages of its specs beside them."""

    def run(self) -> None:
        """Copy the modules, then compile the specs into the same place."""
        super().run()
        if self.editable_mode:
            self.warn("naftiko-gen compiles nothing into an editable installation")
            return
        packages, output = self._packages(), Path(self.build_lib)
        try:
            diagnostics = packages.compile(output)
            packages.refuse_missing(output, self._requirements())
        except BuildError as error:
            raise SetupError(f"naftiko-gen:\n{error}") from error
        self.announce(diagnostics, level=2)

    def get_source_files(self) -> list[str]:
        """Name the specs as well, so that source distributions have them."""
        try:
            settings = self._packages().settings
        except BuildError as error:
            raise SetupError(f"naftiko-gen:\n{error}") from error
        here = Path.cwd()
        specs = (spec.absolute().relative_to(here) for spec in settings.specs)
        # The stubs of setuptools leave its type open.
        modules = cast("Callable[[], list[str]]", super().get_source_files)
        return [*modules(), *(spec.as_posix() for spec in specs)]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Name the compiled files as well."""
        outputs: list[str] = super().get_outputs(include_bytecode)
        if self.editable_mode:
            return outputs
        roots = (Path(self.build_lib) / name for name in self._packages().names)
        files = (path for root in roots for path in root.rglob("*") if path.is_file())
        return [*outputs, *sorted(map(str, files))]

    def _requirements(self) -> list[str]:
        """Return the requirements of the project and of its extras."""
        project = self.distribution
        extras = getattr(project, "extras_require", None) or {}
        own = getattr(project, "install_requires", None) or ()
        return [*own, *chain.from_iterable(extras.values())]

    def _packages(self) -> Packages:
        return Packages.of(Path())
