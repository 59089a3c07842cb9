"""Names that mean something elsewhere: packages still compile, type-check and run."""

import re
import tomllib
from pathlib import Path

import pytest
from hostile_names import (
    KNOWN_TO_PYTHON,
    WRITTEN_ODDLY,
    distinct,
    document_of_names,
    names_of,
)
from hostile_packages import emit
from hostile_specs import benign, everything, fill_markers
from programs import check_cleanliness, start

from case_tables import table
from emitted_tests import outcome
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.naming import module_name


@pytest.fixture(scope="module")
def crowded_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a package in which every name of such packages is the document's, too."""
    plain = emit(fill_markers(everything(), benign), tmp_path_factory.mktemp("plain"))
    names = [name for name in names_of(plain) if not name.lower().startswith("the_")]
    document = document_of_names(distinct([*names, *KNOWN_TO_PYTHON]))
    return emit(document, tmp_path_factory.mktemp("crowded_package"))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a package of names that are no identifiers, or the same one."""
    directory = tmp_path_factory.mktemp("odd")
    return emit(document_of_names(WRITTEN_ODDLY), directory, "odd.yaml")


@pytest.fixture(scope="module", params=["crowded_package", "odd"])
def package(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


def test_the_package_makes_its_round_trips(package: Path) -> None:
    tests = outcome(package)

    assert tests.status == 0, tests.output
    assert re.search(r"^\d+ passed in", tests.output, re.MULTILINE)


def test_the_packages_are_clean(
    crowded_package: Path, odd: Path, mypy_cache: str, tmp_path: Path
) -> None:
    check_cleanliness([crowded_package, odd], mypy_cache, tmp_path)


def test_every_name_is_in_the_package(odd: Path) -> None:
    server = (odd / "odd" / "mcp_server.py").read_text("utf-8")
    tools = re.findall(
        r"^    (?:TABLE\.tool\(\s*)?(?:Answering)?Tool[(,]\s*(?:\"|')(.*)(?:\"|'),",
        server,
        re.MULTILINE,
    )

    assert len(tools) == len(set(tools)) == len(WRITTEN_ODDLY)


def tools_of(settings: dict[str, str]) -> Plain:
    """Return a document with an upstream and an MCP adapter of each namespace.

    Each upstream's credential is the setting that is given for it.
    """
    return {
        "naftiko": "1.0.0-alpha2",
        "binds": [{"namespace": "env", "keys": {s: s for s in settings.values()}}],
        "capability": {
            "consumes": [_upstream(*pair) for pair in settings.items()],
            "exposes": [
                _adapter(namespace, port)
                for port, namespace in enumerate(settings, start=9090)
            ],
        },
    }


def _upstream(namespace: str, setting: str) -> Plain:
    return {
        "type": "http",
        "namespace": f"{namespace} api",
        "baseUri": "https://store.example.com",
        "authentication": {"type": "bearer", "token": f"{{{{{setting}}}}}"},
        "resources": [{"name": "r", "path": "/all", "operations": [{"name": "get"}]}],
    }


def _adapter(namespace: str, port: int) -> Plain:
    tool: Plain = {"name": "get", "call": f"{namespace} api.get"}
    return {"type": "mcp", "namespace": namespace, "port": port, "tools": [tool]}


def test_settings_and_adapters_may_have_any_name(tmp_path: Path) -> None:
    package = emit(tools_of(table(__file__, "settings")), tmp_path)

    tests = outcome(package)
    command = start(package, "everything", "--help")

    assert tests.status == 0, tests.output
    assert command.returncode == 0, command.stderr


@pytest.mark.parametrize(
    "slug",
    [
        *("test", "tests", "conftest", "skills", "test-rest", "test-mcp-server"),
        *("httptools", "mcp", "starlette", "pydantic", "anyio", "json", "import"),
        *("404", "typing-extensions", ""),
    ],
)
def test_a_module_name_is_free(slug: str) -> None:
    assert module_name(slug) == f"api_{slug.replace('-', '_')}"


@pytest.mark.parametrize(
    "slug",
    [
        *("activate", "pip", "pip3", "python", "python3", "uv", "naftiko-gen"),
        *("git", "bash", "sh", "ssh", "ssh-agent", "docker-compose", "mcp", "pytest"),
        *("json", "test", "time"),
    ],
)
def test_a_package_replaces_no_command(slug: str, tmp_path: Path) -> None:
    package = emit(tools_of({"store": "TOKEN"}), tmp_path, f"{slug}.yaml")
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
    output = start(package, str(module_name(slug)), "--version")

    name = f"api-{slug}"
    assert project["project"]["name"] == name
    assert list(project["project"]["scripts"]) == [name]
    assert f".venv/bin/{name} " in (package / "README.md").read_text(encoding="utf-8")
    assert output.stdout.startswith(f"{name} ")


@pytest.mark.parametrize("slug", ["conftest", "skills", "test-mcp-server", "uvloop"])
def test_a_package_with_a_taken_name_runs(slug: str, tmp_path: Path) -> None:
    package = emit(tools_of({"store": "TOKEN"}), tmp_path, f"{slug}.yaml")

    tests = outcome(package)

    assert tests.status == 0, tests.output
