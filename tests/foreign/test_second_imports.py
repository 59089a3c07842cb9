"""Published documents are imported again, and compared with their imports."""

import json
from pathlib import Path

import pytest
from apis import chosen_names, import_api
from published_documents import DOCUMENTS

from naftiko_gen.cli.main import main


@pytest.mark.parametrize("name", chosen_names())
def test_a_second_import_changes_nothing(name: str, tmp_path: Path) -> None:
    before = import_api(name, tmp_path).read_bytes()
    assert import_api(name, tmp_path).read_bytes() == before


@pytest.mark.parametrize("name", chosen_names())
def test_a_merge_with_the_same_document_changes_nothing(
    name: str, tmp_path: Path
) -> None:
    spec = import_api(name, tmp_path)
    text = spec.read_bytes().replace(b"port: 8080", b"port: 8099") + b"# Ours.\n"
    spec.write_bytes(text)
    assert import_api(name, tmp_path).read_bytes() == text


@pytest.mark.parametrize("name", chosen_names())
def test_a_fresh_import_has_not_drifted(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["drift", str(import_api(name, tmp_path)), "--json"]
    assert main([*command, "--openapi", str(DOCUMENTS[name].file)]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
