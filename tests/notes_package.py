"""A generated package with units of each form, imported and connected to its mock."""

import sys
from collections.abc import Callable
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import pytest

from naftiko_gen.configuration.options import Options
from naftiko_gen.pipeline import compile_spec

SPEC = Path(__file__).with_name("notes_package.yaml").read_text("utf-8")


class NotesPackage:
    """The modules of a package, compiled and imported as `name`."""

    def __init__(self, name: str, directory: Path) -> None:
        spec = directory / f"{name}.yaml"
        spec.write_text(SPEC, "utf-8")
        result = compile_spec(spec, Options(output=directory / "out"))
        assert result.changes, result.diagnostics
        self._name = name
        self._project = result.changes.root

    def module(self, name: str) -> Any:
        """Import a module of the package; `name` is relative to it."""
        invalidate_caches()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "path", [str(self._project), *sys.path])
            return import_module(f"{self._name}.{name}")

    def connection(self, upstream: Any) -> Callable[[], Any]:
        """Return a function that opens a client of a mock upstream."""
        settings = self.module("client").Settings.from_env({})
        return lambda: self.module("client").connect(settings, upstream)

    def reply(
        self,
        status: int,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        body: bytes = b"",
    ) -> Any:
        """Return a response for the mock upstream."""
        return self.module("_runtime.transport").Reply(status, headers, body)
