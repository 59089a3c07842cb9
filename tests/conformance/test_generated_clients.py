"""Clients generated from the OpenAPI documents of REST adapters call the adapters."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from node import Programs
from rest_upstream import BUSY, COVER, DELETED, MISSING, PRICES, RestHandler
from service import Package, running

from delivery import compiled_package
from http_upstream import serving
from naftiko_gen.configuration.options import Options
from waiting import PATIENCE
from wheelhouse import once

CLIENTS = Path(__file__).with_name("clients")
LIBRARY = CLIENTS / "library.yaml"
TRAINING_RUNS = Path(__file__).parents[2] / "specs" / "training-runs.yaml"
WRONG = "must not contain CR, LF or NUL"
ASKED = {"limit": ["2"], "tag": ["new", "old"], "trace": ["t 1"]}
BOOK = {"title": json.dumps(ASKED), "year": 1815}
LISTED = {"shelf": "a/ü", "books": [BOOK]}
PART = {"number": "II", "title": None, "marks": {"read": True}}
EMMA = {"title": "Emma", "year": 1815, "parts": [PART]}


@dataclass(frozen=True)
class Api:
    """A running REST adapter: its package's name, its document and its URL."""

    name: str
    document: Path
    url: str


@contextmanager
def serve_api(spec: Path, output: Path, **env: str) -> Iterator[Api]:
    """Compile a spec and serve its REST adapter on a free port of loopback."""
    project = compiled_package(spec, Options(output))
    name = spec.stem.replace("-", "_")
    package = Package(project, (f"{spec.stem}-rest",))
    with running(package, "rest", **env) as service:
        yield Api(name, project / name / "openapi.json", service.url("rest"))


@pytest.fixture(scope="module")
def apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Api]]:
    """Serve both packages against an upstream that answers in every media type."""
    output = tmp_path_factory.mktemp("apis")
    with ExitStack() as stack:
        upstream = stack.enter_context(serving(RestHandler))
        library = serve_api(LIBRARY, output, STORE_BASE_URI=upstream)
        training = serve_api(
            TRAINING_RUNS,
            output,
            TRAINING_RUNS_BASE_URI=upstream,
            PRIME_API_KEY="pit_valid",
        )
        both = (stack.enter_context(server) for server in (library, training))
        yield {api.name: api for api in both}


# --- openapi-python-client ---


@pytest.fixture(scope="module")
def generated_packages(apis: dict[str, Api], common: Path) -> Iterator[Path]:
    """Generate a Python package for each API; a warning is an error."""

    def generate_all(directory: Path) -> None:
        directory.mkdir()
        configuration = directory / "configuration.yaml"
        configuration.write_text("post_hooks: []\n", encoding="utf-8")
        generate([options(api, directory, configuration) for api in apis.values()])

    directory = once(common / "generated-clients", generate_all)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(directory)
        yield directory


GENERATOR = """\
import json, sys
from openapi_python_client.cli import app

for arguments in json.loads(sys.argv[1]):
    if app(arguments, standalone_mode=False):
        sys.exit(1)
"""
"""Runs the generator's command several times, which takes long to import."""


def options(api: Api, directory: Path, configuration: Path) -> list[str]:
    return [
        *("generate", "--fail-on-warning", "--meta=none"),
        f"--config={configuration}",
        f"--path={api.document}",
        f"--output-path={directory / f'{api.name}_client'}",
    ]


def generate(commands: list[list[str]]) -> None:
    process = subprocess.run(
        [sys.executable, "-c", GENERATOR, json.dumps(commands)],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr


def test_python_clients_are_well_typed(
    generated_packages: Path, mypy_cache: str
) -> None:
    packages = [path for path in generated_packages.iterdir() if path.is_dir()]
    process = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file="),
            mypy_cache,
            *packages,
        ],
        cwd=generated_packages,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert process.returncode == 0, process.stdout


def call_operation(
    api: Api, tag: str, operation: str, /, **arguments: Any
) -> tuple[int, Any]:
    """Call an operation by the generated client; return status and parsed response."""
    package = f"{api.name}_client"
    module = importlib.import_module(f"{package}.api.{tag}.{operation}")
    root = importlib.import_module(package)
    with root.Client(base_url=api.url, raise_on_unexpected_status=True) as client:
        response = module.sync_detailed(client=client, **arguments)
    return int(response.status_code), response.parsed


def model(api: Api, name: str) -> Any:
    return getattr(importlib.import_module(f"{api.name}_client.models"), name)


@pytest.mark.usefixtures("generated_packages")
def test_a_python_client_of_the_library_gets_every_answer(apis: dict[str, Api]) -> None:
    api = apis["library"]
    tags = [model(api, "ListBooksTagItem")(tag) for tag in ("new", "old")]
    wanted = {"limit": 2, "tag": tags, "x_trace": "t 1"}
    status, books = call_operation(
        api, "library_rest", "list_books", shelf="a/ü", **wanted
    )
    assert (status, books.to_dict()) == (200, LISTED)
    assert [book.title for book in books.books] == [BOOK["title"]]

    body = model(api, "AddBookBody").from_dict(EMMA)
    status, new_book = call_operation(api, "library_rest", "add_book", body=body)
    assert (status, new_book.to_dict()) == (201, {"sent": EMMA})
    assert new_book.sent.year == EMMA["year"]
    assert call_operation(api, "library_rest", "drop_book", id="7") == (204, None)
    assert call_operation(api, "library_rest", "get_prices") == (200, PRICES)
    status, cover = call_operation(api, "library_rest", "get_cover")
    assert (status, cover.payload.read()) == (200, COVER)


@pytest.mark.usefixtures("generated_packages")
def test_a_python_client_of_training_runs_gets_every_answer(
    apis: dict[str, Api],
) -> None:
    api = apis["training_runs"]
    body = model(api, "CreaterunBody")()
    creation = call_operation(api, "training_runs_rest", "createrun", body=body)
    assert creation == (201, {"sent": {}})
    deletion = call_operation(api, "training_runs_rest", "deleterun", run_id="run_1")
    assert deletion == (200, DELETED)


@pytest.mark.usefixtures("generated_packages")
@pytest.mark.parametrize(
    ("name", "tag", "operation", "variable"),
    [
        ("library", "library_rest", "drop_book", "id"),
        ("training_runs", "training_runs_rest", "deleterun", "run_id"),
    ],
)
def test_python_clients_get_every_error(
    apis: dict[str, Api], name: str, tag: str, operation: str, variable: str
) -> None:
    def call_with(value: str) -> tuple[int, Any]:
        return call_operation(apis[name], tag, operation, **{variable: value})

    status, problem = call_with("a\nb")
    assert (status, json.loads(problem)["detail"]) == (400, f"{variable} {WRONG}")
    status, answer = call_with("404")
    assert (status, json.loads(answer)) == (404, MISSING)
    assert call_with("503") == (503, BUSY)


# --- openapi-typescript and openapi-fetch ---


@pytest.fixture
def programs_of_apis(
    programs: Programs, apis: dict[str, Api], tmp_path: Path
) -> dict[str, Path]:
    """Return the TypeScript program of each API, type-checked with its types."""
    programs.link(tmp_path)
    for api in apis.values():
        types = tmp_path / f"{api.name}_api.mts"
        process = programs.describe_api(api.document, types)
        assert process.returncode == 0, process.stderr
    copies = {name: Path(copy(CLIENTS / f"{name}.mts", tmp_path)) for name in apis}
    result = programs.type_check(*copies.values())
    assert result.returncode == 0, result.stdout
    return copies


def test_typescript_clients_get_every_answer(
    programs: Programs, apis: dict[str, Api], programs_of_apis: dict[str, Path]
) -> None:
    # The type checker takes most of the time, and takes it once for both.
    for name, program in programs_of_apis.items():
        process = programs.typescript(program, apis[name].url)
        assert process.returncode == 0, process.stderr
        assert json.loads(process.stdout) == ANSWERS[name]


ANSWERS: dict[str, dict[str, Any]] = {
    "library": {
        "listed": [200, LISTED],
        "titles": [str(BOOK["title"]).upper()],
        "added": [201, {"sent": EMMA}, "1815.0"],
        "dropped": [204, None],
        "prices": [200, PRICES, 3],
        "cover": [200, len(COVER)],
        "wrong": [400, f"id {WRONG}"],
        "missing": [404, MISSING],
        "busy": [503, BUSY],
    },
    "training_runs": {
        "created": [201, {"sent": {}}],
        "deleted": [200, DELETED],
        "wrong": [
            400,
            {"title": "Bad Request", "status": 400, "detail": f"run_id {WRONG}"},
        ],
        "missing": [404, MISSING],
        "busy": [503, BUSY],
    },
}
"""The output of each program."""
