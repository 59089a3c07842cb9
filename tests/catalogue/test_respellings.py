"""Every spelling of a published document has the same meaning."""

import copy
from functools import cache
from pathlib import Path

import pytest
from plain_yaml import Node, load
from published import compilable, needs_the_corpus
from respellings import RESPELLINGS, WRITERS, Respelling, Writer, in_blocks

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options

pytestmark = needs_the_corpus

LARGEST = 12 * 1024


@cache
def originals() -> dict[str, Node]:
    """Return documents that stand alone, by the names of their files."""
    paths = [document.path for document in compilable()]
    small = [path for path in paths if path.stat().st_size < LARGEST]
    by_name = {path.name: load(path) for path in small}
    return {name: d for name, d in by_name.items() if not imports(d)}


def imports(document: Node) -> bool:
    consumed = document["capability"].get("consumes") or []
    return any("resources" not in u for u in consumed) or "imports" in document


@cache
def contents() -> dict[str, bytes]:
    """Return the documents in YAML."""
    return {name: in_blocks(document) for name, document in originals().items()}


@pytest.fixture(scope="module")
def meanings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ir.Capability]:
    place = tmp_path_factory.mktemp("meanings")
    return {
        name: meaning(place / name, content) for name, content in contents().items()
    }


@pytest.mark.parametrize("respelt", RESPELLINGS, ids=lambda change: change.__name__)
def test_a_document_means_the_same(
    respelt: Respelling, meanings: dict[str, ir.Capability], tmp_path: Path
) -> None:
    count = 0
    for name, original in originals().items():
        document = copy.deepcopy(original)
        respelt(document)
        content = in_blocks(document)
        if content != contents()[name]:
            count += 1
            assert meaning(tmp_path / name, content) == meanings[name], name
    assert count


@pytest.mark.parametrize("write", WRITERS, ids=lambda writer: writer.__name__)
def test_a_document_means_the_same_in_another_style(
    write: Writer, meanings: dict[str, ir.Capability], tmp_path: Path
) -> None:
    for name, document in originals().items():
        assert meaning(tmp_path / name, write(document)) == meanings[name], name


def meaning(path: Path, content: bytes) -> ir.Capability:
    path.write_bytes(content)
    reading = frontend.read(path, Options(path.parent))
    assert reading.meaning is not None, path.name
    return reading.meaning.capability
