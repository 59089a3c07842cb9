"""Schemas of responses: selectors, and files inside the allowed directories."""

from pathlib import Path

import pytest

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.ir import SchemaError
from naftiko_gen.language import protobuf_schemas
from naftiko_gen.language.css_selectors import table_selector
from naftiko_gen.pipeline import compile_spec

GOLDEN = Path(__file__).parents[1] / "golden"
AVRO = GOLDEN / "avro-output"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ",", "a,", ",a", "a >", "> a", "a > > b", "a,,b", "..a", "a.", "#1"),
        *("a:hover", "a::before", "a:not(b)", "a:nth-child(2n)", "a:first-child(1)"),
        *("a:nth-child", "a:nth-child(0)", "a:first-child:nth-child(1)", "[a", "[a=]"),
        *("[a='b]", "a|b", "a b:eq(0)", "a{}", "a" + " a" * 60, '[a="\\""]'),
    ],
)
def test_other_selectors_are_errors(text: str) -> None:
    with pytest.raises(SchemaError):
        table_selector(text)


# --- files ---


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Return a spec whose schema is beside it, in a directory of its own."""
    directory = tmp_path / "specs"
    directory.mkdir()
    for name in ("spec.yaml", "books.avsc"):
        (directory / name).write_bytes((AVRO / name).read_bytes())
    return directory / "spec.yaml"


def rewrite(spec: Path, location: str) -> Path:
    spec.write_text(spec.read_text("utf-8").replace("books.avsc", location), "utf-8")
    return spec


def read(spec: Path, root: Path | None = None) -> frontend.Reading:
    return frontend.read(spec, Options(output=Path(), import_root=root))


def schema(reading: frontend.Reading) -> ir.AnswerSchema | None:
    assert reading.meaning is not None, reading.diagnostics
    [operation] = reading.meaning.capability.operations
    return operation.schema


@pytest.mark.parametrize(
    ("location", "code", "fault"),
    [
        ("../books.avsc", "unusable-location", "outside"),
        ("/etc/passwd", "unusable-location", "absolute"),
        ("file:///etc/passwd", "unusable-location", "outside"),
        ("https://a.example/books.avsc", "unusable-location", "nothing is fetched"),
        ("a\\books.avsc", "unusable-location", "forward slashes"),
        ("link.avsc", "unusable-location", "outside"),
        ("none.avsc", "unusable-file", "doesn't exist"),
        (".hidden.avsc", "unusable-file", "hidden"),
        (".", "unusable-file", "directory"),
        ("bytes.avsc", "unusable-file", "UTF-8"),
        ("large.avsc", "unusable-file", "4 MiB"),
        ("text.avsc", "unusable-schema", "isn't JSON"),
    ],
)
def test_other_files_are_errors(
    spec: Path, location: str, code: str, fault: str
) -> None:
    directory = spec.parent
    (directory.parent / "outside.avsc").write_text("{}", "utf-8")
    (directory / "link.avsc").symlink_to("../outside.avsc")
    (directory / "bytes.avsc").write_bytes(b"\xff")
    (directory / ".hidden.avsc").write_text("{}", "utf-8")
    (directory / "large.avsc").write_bytes(b" " * (4 * 1024 * 1024 + 1))
    (directory / "text.avsc").write_text("no schema", "utf-8")
    if location == ".":
        (directory / "link.avsc").unlink()
        (directory / "large.avsc").unlink()
    reading = read(rewrite(spec, location))
    [error] = [d for d in reading.diagnostics if d.severity == "error"]
    assert error.code.slug == code
    assert fault in error.message


@pytest.mark.parametrize(
    "text",
    ["s3cr3t", '"s3cr3t"', '{"token": "s3cr3t"}', '{"type": "s3cr3t"}', "A=s3cr3t\n"],
)
@pytest.mark.parametrize("raw_format", ["avro", "protobuf"])
def test_no_diagnostic_quotes_the_text_of_a_file(
    spec: Path, text: str, raw_format: str
) -> None:
    (spec.parent / "token.txt").write_text(text, "utf-8")
    rewrite(spec, "token.txt")
    source = spec.read_text("utf-8")
    assert "outputRawFormat: avro" in source
    spec.write_text(source.replace("Format: avro", f"Format: {raw_format}"), "utf-8")
    [error] = [d for d in read(spec).diagnostics if d.severity == "error"]
    assert "'token.txt' can't be used" in error.message
    assert "s3cr3t" not in error.message


def test_files_that_a_schema_imports_are_read(tmp_path: Path) -> None:
    golden = GOLDEN / "protobuf-output"
    (tmp_path / "schemas" / "inner").mkdir(parents=True)
    text = (golden / "spec.yaml").read_text("utf-8")
    spec = tmp_path / "spec.yaml"
    spec.write_text(text.replace("books.proto", "schemas/shelf.proto"), "utf-8")
    shelf = (
        'syntax = "proto3"; import "inner/book.proto"; import "schemas/title.proto"; '
        'import "../../outside.proto"; import "google/api/annotations.proto"; '
        "message Shelf { repeated Book books = 1; Title title = 2; }"
    )
    (tmp_path / "schemas" / "shelf.proto").write_text(shelf, "utf-8")
    book = 'syntax = "proto3"; message Book { string title = 1; int32 state = 2; }'
    (tmp_path / "schemas" / "inner" / "book.proto").write_text(book, "utf-8")
    title = 'syntax = "proto3"; message Title { string text = 1; }'
    (tmp_path / "schemas" / "title.proto").write_text(title, "utf-8")
    reading = read(spec)
    protobuf = schema(reading)
    assert isinstance(protobuf, ir.ProtobufSchema)
    assert protobuf.message == "Shelf"
    assert len(protobuf.files) == 3
    assert set(reading.imports) == {
        "schemas/shelf.proto",
        "schemas/inner/book.proto",
        "schemas/title.proto",
    }


def test_a_missing_protoc_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = Path(__file__).parents[1] / "golden" / "protobuf-output" / "spec.yaml"
    monkeypatch.setattr(protobuf_schemas, "find_spec", lambda _: None)

    result = compile_spec(spec, Options(Path("out"), dry=True, cached=False))

    [error] = [it for it in result.diagnostics if it.code is Code.UNUSABLE_SCHEMA]
    assert "grpcio-tools isn't installed" in error.message
    assert "pip install grpcio-tools" in str(error.hint)
