"""Scripts: their declarations in `functions.py`, and their files in the package."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import Code, bare
from naftiko_gen.ir import ScriptStep, steps
from naftiko_gen.language.names import env_name
from naftiko_gen.language.package_settings import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.ir import Capability, ScriptFile

    Run = tuple[tuple[ScriptFile, ...], float, bool]
    """The files of a script, and the rules of its runs."""


@dataclass(frozen=True)
class DeclaredScript:
    """The constant of a script."""

    name: Code
    paths: tuple[str, ...]
    seconds: float
    is_enabled: bool


@dataclass(frozen=True)
class Scripts:
    """The distinct scripts of a capability, each with the name of a constant."""

    names: dict[Run, str]
    switch: str
    """The environment variable that permits them."""

    @classmethod
    def of(cls, capability: Capability) -> Scripts:
        """Collect the scripts of all routes and tools, each once."""
        names: dict[Run, str] = {}
        for step in script_steps(capability):
            if _run(step) not in names:
                names[_run(step)] = _free(f"{env_name(step.name)}_SCRIPT", names)
        return cls(names, SCRIPTS.variable(capability.slug))

    def name(self, step: ScriptStep) -> Code:
        """Return the name of a script's constant."""
        return bare(self.names[_run(step)])

    def declarations(self) -> Iterator[DeclaredScript]:
        """Yield the declaration of each script."""
        for (files, seconds, is_enabled), name in self.names.items():
            paths = tuple(file.path for file in files)
            yield DeclaredScript(bare(name), paths, seconds, is_enabled)


def script_steps(capability: Capability) -> Iterator[ScriptStep]:
    """Yield the scripts that routes and tools run."""
    for unit in capability.exposed:
        for step in steps(unit.implementation):
            if isinstance(step, ScriptStep):
                yield step


def script_files(capability: Capability) -> Iterable[ScriptFile]:
    """Return the files of all scripts, each once."""
    files = (file for step in script_steps(capability) for file in step.files)
    return {file.path: file for file in files}.values()


def _run(step: ScriptStep) -> Run:
    return step.files, step.seconds, step.is_enabled


def _free(name: str, names: dict[Run, str]) -> str:
    candidates = (name if at == 1 else f"{name}_{at}" for at in count(1))
    return next(
        candidate for candidate in candidates if candidate not in names.values()
    )
