"""Published documents that specs import, instead of declaring their operations."""

from pathlib import Path

import pytest
from apis import chosen_names
from published_documents import DOCUMENTS, operation_names

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.openapi.write.names import kebab

SPEC = """\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - openapi: published
    location: {}
  exposes:
  - type: mcp
    namespace: published-mcp
    address: localhost
    port: 9090
    tools:
    - {{name: a-tool, description: Does it., call: published.{}}}
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, with a directory for specs."""
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    return tmp_path


def local_copy(name: str) -> str:
    """Return the path of a copy of the document in the working directory."""
    document = DOCUMENTS[name].file
    path = Path(f"api{document.suffix}")
    path.write_bytes(document.read_bytes())
    return str(path)


def meaning(spec: Path) -> ir.Capability:
    """Return the meaning of a spec without errors."""
    reading = frontend.read(spec, Options(Path(), import_root=Path()))
    errors = [d for d in reading.diagnostics if d.severity is Severity.ERROR]
    assert not errors
    assert reading.meaning
    return reading.meaning.capability


@pytest.mark.parametrize("name", chosen_names())
def test_a_short_capability_has_all_tools(name: str, directory: Path) -> None:
    names = operation_names(DOCUMENTS[name])
    command = ["import", local_copy(name), "-q", "-o", "specs/api.yaml", "--tools"]
    assert main([*command, *names]) == 0

    assert len([*meaning(directory / "specs/api.yaml").tools]) == len(names)


@pytest.mark.parametrize("name", chosen_names())
def test_a_spec_calls_an_operation(name: str, directory: Path) -> None:
    operation = next(iter(operation_names(DOCUMENTS[name])))
    call = operation if " " not in operation else kebab(operation.lower())
    spec = directory / "spec.yaml"
    spec.write_text(SPEC.format(local_copy(name), call), "utf-8")

    [tool] = meaning(spec).tools
    assert tool.only_call.operation.name == call
