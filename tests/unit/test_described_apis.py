"""Imports of APIs from OpenAPI documents."""

import json
from functools import partial
from pathlib import Path

import pytest
from documents import document, resolve, tools

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Diagnostic, Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.imports import complete
from naftiko_gen.imports.openapi_detection import called_names
from naftiko_gen.syntax.files import LARGEST
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.reader.events import Limits
from naftiko_gen.syntax.tree import Scalar, mapping

pytestmark = pytest.mark.usefixtures("place")

API = """\
openapi: 3.0.3
info: {title: Books, version: '1'}
servers: [{url: https://books.example.com/v1}]
paths:
  /books:
    get:
      operationId: listBooks
      parameters:
      - {name: limit, in: query, schema: {type: integer}, description: How many.}
  /books/{bookId}:
    delete:
      operationId: deleteBook
      parameters:
      - {name: bookId, in: path, required: true, schema: {type: string}}
"""
ENTRY = "- {openapi: books, location: api.yaml}\n"


def calling(*calls: str, entry: str = ENTRY) -> str:
    lines = "".join(
        f"- {{name: t{number}, description: Does it., call: {call}}}\n"
        for number, call in enumerate(calls)
    )
    return document(entry, tools(lines))


def compile_tools(text: str) -> tuple[tuple[ir.Tool, ...], tuple[Diagnostic, ...]]:
    """Return the tools of a document, and its diagnostics."""
    capability, report = resolve(text)
    assert capability is not None, report.diagnostics
    return capability.mcp[0].tools, report.diagnostics


def reported_codes(text: str) -> list[str]:
    """Return the codes of the reported diagnostics."""
    options = Options(output=Path("out"))
    reading = frontend.read(Path("spec.yaml"), options, text.encode())
    return [diagnostic.code.slug for diagnostic in reading.diagnostics]


def slugs(text: str) -> list[str]:
    return [diagnostic.code.slug for diagnostic in resolve(text)[1].diagnostics]


DOUBLED = """\
openapi: 3.0.3
info: {title: Books, version: '1'}
servers: [{url: https://books.example.com/v1}]
paths:
  /books:
    put: {operationId: book}
    get: {operationId: book}
"""


def test_operations_of_one_id_have_the_names_of_an_import(place: Path) -> None:
    Path("api.yaml").write_text(DOUBLED)
    spec = place / "spec.yaml"
    for wish in ("PUT /books", "GET /books"):
        import_ = ["import", "api.yaml", "--tools", wish, "-q", "-o", str(spec)]
        assert main([*import_, "--force"]) == 0
        [tool], diagnostics = compile_tools(spec.read_text("utf-8"))
        assert f"{tool.only_call.operation.method} /books" == wish

    [duplicate] = [d for d in diagnostics if d.code.slug == "duplicate-operation"]
    assert "'book' calls 'GET /books'" in duplicate.message
    assert "'book-" in duplicate.message


@pytest.mark.parametrize(
    ("more", "authentication", "message"),
    [
        (
            "",
            "digest",
            "'authentication' must be bearer, basic, apikey:HEADER or"
            " apikey:query:NAME",
        ),
        (
            "security: [{a: []}]\n"
            "components: {securitySchemes: {a: {type: http, scheme: basic}}}\n",
            "bearer",
            "the document declares authentication ('a'); write 'basic'",
        ),
    ],
)
def test_an_unknown_credential_is_an_error_at_the_import(
    more: str, authentication: str, message: str
) -> None:
    Path("api.yaml").write_text(f"{API}{more}")
    entry = ENTRY.replace("}", f", authentication: {authentication}}}")
    [diagnostic] = resolve(calling("books.listBooks", entry=entry))[1].diagnostics
    assert (diagnostic.code.slug, diagnostic.message) == ("wrong-value", message)
    assert (diagnostic.file, diagnostic.span and diagnostic.span.line) == (
        "things.yaml",
        4,
    )


def test_statements_of_a_document_on_parameters_are_followed() -> None:
    Path("api.yaml").write_text(API)
    assert reported_codes(calling("books.listBooks")) == ["import-openapi"]
    above = "# naftiko-gen: extension\n"
    assert reported_codes(calling("books.deleteBook", entry=f"{above}{ENTRY}")) == []


def test_files_that_are_referred_to_belong_to_the_import(place: Path) -> None:
    reference = "{$ref: 'parts/limit.yaml#/limit'}"
    Path("api").mkdir()
    Path("api/parts").mkdir()
    lines = [
        f"      - {reference}" if "name: limit" in line else line
        for line in API.splitlines()
    ]
    Path("api/api.yaml").write_text("\n".join(lines) + "\n")
    part = "limit: {name: limit, in: query, schema: {type: integer}}\n"
    text = calling("books.listBooks", entry=ENTRY.replace("api.yaml", "api/api.yaml"))
    assert "unusable-openapi" in slugs(text)
    Path("api/parts/limit.yaml").write_text(part)
    [tool], _ = compile_tools(text)
    assert [i.name for i in tool.inputs] == ["limit"]
    report = Report("spec.yaml")
    tree = load(text.encode(), report)
    assert tree is not None
    completion = complete(tree, place / "spec.yaml", report)
    assert set(completion.files) == {"api/api.yaml", "api/parts/limit.yaml"}


def test_findings_in_a_referred_file_name_all_imports() -> None:
    api = API.replace("{name: limit", "{$ref: 'part.yaml', name: limit")
    Path("api.yaml").write_text(api)
    Path("part.yaml").write_text("$ref: '#/nowhere'\n")
    diagnostics = resolve(calling("books.listBooks"))[1].diagnostics
    [diagnostic] = [d for d in diagnostics if d.code.slug == "unusable-reference"]
    assert (diagnostic.file, diagnostic.imported_at) == (
        "part.yaml",
        ("api.yaml:9:16", "things.yaml:4:32"),
    )


def wide(operations: int) -> str:
    """Return a document with that many operations of 20 parameters."""
    parameters = [{"name": f"p{number}", "in": "query"} for number in range(20)]
    paths = {
        f"/{number}": {"get": {"operationId": f"o{number}", "parameters": parameters}}
        for number in range(operations)
    }
    servers = [{"url": "https://wide.example.com"}]
    info = {"title": "Wide", "version": "1"}
    document = {"openapi": "3.0.3", "info": info, "servers": servers, "paths": paths}
    return json.dumps(document)


@pytest.mark.slow
def test_an_api_is_imported_that_is_too_much_to_expose() -> None:
    Path("api.yaml").write_text(wide(500))
    [tool], _ = compile_tools(calling("books.o7"))
    assert len(tool.inputs) == 20


def test_more_than_a_capability_can_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("api.yaml").write_text(wide(20))
    smaller = partial(load, limits=Limits(parts=1_000))
    monkeypatch.setattr("naftiko_gen.imports.openapi_documents.load", smaller)
    [diagnostic] = resolve(calling("books.o7"))[1].diagnostics
    assert (diagnostic.code.slug, diagnostic.file) == ("unusable-openapi", "api.yaml")
    assert "too large for a capability" in diagnostic.message


@pytest.mark.slow
def test_files_that_are_referred_to_count_as_imports_by_their_size() -> None:
    half = f"limit: {{name: limit, in: query}}\n# {'x' * (LARGEST // 2)}\n"
    others = "".join(f"- {{openapi: o{n}, location: o{n}.yaml}}\n" for n in range(2))
    line = "      - {$ref: 'part.yaml#/limit'}\n"
    api = API.replace(API.splitlines(keepends=True)[8], line)
    for name in ("api", "o0", "o1"):
        Path(f"{name}.yaml").write_text(api)
    Path("part.yaml").write_text(half)
    assert "unusable-openapi" not in slugs(calling("books.listBooks"))
    diagnostics = resolve(calling("books.listBooks", entry=ENTRY + others))[
        1
    ].diagnostics
    errors = [d for d in diagnostics if d.severity == "error"]
    assert {(error.code.slug, error.file) for error in errors} == {
        ("unusable-openapi", "o0.yaml"),
        ("unusable-openapi", "o1.yaml"),
    }


def test_a_call_has_as_many_names_as_one_can_have() -> None:
    names = tuple(
        called_names(mapping({"call": Scalar("a.b.c", Span(1, 1))}, Span(1, 1)))
    )
    assert names == ("b.c", "c")
    dots = Scalar("." * 30_000 + "end", Span(1, 1))
    assert max(map(len, called_names(mapping({"call": dots}, Span(1, 1))))) == 256
