"""Published APIs as packages: imported, compiled, once for all tests of a run."""

import os
from collections.abc import Iterable
from pathlib import Path

from published_documents import DOCUMENTS, SMALL
from service import Package, compile_spec

from naftiko_gen.cli.main import main


def chosen_names() -> Iterable[str]:
    """Return the names of the documents of this run.

    pytest may import this module before `tiers.py` chooses the amounts: it asks late.
    """
    return DOCUMENTS if os.environ.get("NAFTIKO_PUBLISHED_APIS") == "all" else SMALL


def import_api(name: str, directory: Path) -> Path:
    """Import a document, whole; return the spec."""
    document = DOCUMENTS[name]
    spec = directory / f"{name}.yaml"
    command = ["import", str(document.file), "-o", str(spec), "-q", *document.options]
    assert main(command) == 0
    return spec


class Apis:
    """The packages of documents, each compiled when it is first needed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[str, Package] = {}

    def package(self, name: str) -> Package:
        """Return the package of a document."""
        if name not in self._known:
            spec = import_api(name, self._directory)
            self._known[name] = compile_spec(spec, self._directory)
        return self._known[name]

    def spec(self, name: str) -> Path:
        """Return the spec of a package."""
        return self.package(name).project.with_suffix(".yaml")
