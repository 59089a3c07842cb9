import json
from hashlib import sha256
from pathlib import Path

import pytest

from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.publish.manifest import (
    MANIFEST_NAME,
    Broken,
    Provenance,
    Record,
    read,
    render,
)

PROVENANCE = Provenance(
    "training-runs.yaml",
    "ab" * 32,
    warnings=1,
    notes=2,
    imports={"shared.yaml": "ef" * 32},
    facts={"hosts": ["api.example.org"], "ports": {"rest": 8080}},
    dependencies=("starlette>=1.3,<2",),
)
TREE = FileTree((File("b.py", b"b"), File("README.md", b"", seed=True)))
DIGEST = sha256(b"b").hexdigest()


def test_a_manifest_is_always_ascii() -> None:
    hostile = Provenance("é\n\ud800.yaml", "", facts={"hosts": ["\u202e"]})
    content = render(hostile, TREE).content
    assert content.isascii()
    assert json.loads(content)["hosts"] == ["\u202e"]


@pytest.mark.parametrize("name", ["files", "seeds", "generator"])
def test_facts_must_not_replace_our_own(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        render(Provenance("a", "b", facts={name: "d"}), TREE)


def test_reading_gives_the_written_manifest(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).write_bytes(render(PROVENANCE, TREE).content)
    assert read(tmp_path) == Record(
        imports={"shared.yaml": "ef" * 32},
        files={"b.py": DIGEST},
        seeds=("README.md",),
        spec="training-runs.yaml",
        dependencies=("starlette>=1.3,<2",),
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b"<<<<<<< ours",
        b'{"spec": {}, "files": {}, "seeds": []}',
    ],
)
def test_a_broken_one_is_a_value(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST_NAME).write_bytes(content)
    assert isinstance(read(tmp_path), Broken)


@pytest.mark.parametrize(
    "path", ["../a", "/a", "", MANIFEST_NAME, ".git/HEAD", "a/.Git"]
)
@pytest.mark.parametrize("key", ["files", "seeds"])
def test_paths_of_a_manifest_must_not_lead_astray(
    tmp_path: Path, path: str, key: str
) -> None:
    document = json.loads(render(PROVENANCE, TREE).content)
    document[key] = {path: DIGEST} if key == "files" else [path]
    (tmp_path / MANIFEST_NAME).write_text(json.dumps(document))
    assert isinstance(read(tmp_path), Broken)
