"""A package's command whose variables may stand in files."""

from collections.abc import Iterator, Mapping
from itertools import chain

from ..bound_files import BoundFile, FileSettings
from .program import Program


class FileProgram(Program):
    """A program whose `settings` are FileSettings."""

    __slots__ = ()

    @property
    def file_variables(self) -> Mapping[str, str]:
        """Return the variables that name files of values, with their default paths."""
        return {file.variable: file.path for file in self._files}

    def needed(self, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return the variables to set; a file's own one stands for those it holds.

        A client starts the package in another working directory, so it has to name the
        file.
        """
        named = chain.from_iterable(
            self._named(name, env) for name in Program.needed(self, env)
        )
        return tuple(dict.fromkeys(named))

    def _named(self, name: str, env: Mapping[str, str]) -> Iterator[str]:
        holder = next((file for file in self._files if name in file.keys), None)
        is_held = holder is not None and not env.get(name)
        yield holder.variable if holder and is_held else name

    @property
    def _files(self) -> tuple[BoundFile, ...]:
        settings = self.settings
        return settings.FILES if issubclass(settings, FileSettings) else ()
