"""A second import merges: edits stay, and changes of the API come in."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from written import compile_strictly, tools

from naftiko_gen.cli.main import main
from naftiko_gen.tools.merge.merging import merge

DOCUMENTS = Path(__file__).parent / "documents"
LIST = {
    "operationId": "listBooks",
    "summary": "List the books",
    "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
    "responses": {},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.0",
    "info": {"title": "Library", "version": "1.0.0"},
    "servers": [{"url": "https://library.example"}],
    "paths": {
        "/books": {"get": LIST},
        "/loans": {
            "get": {**LIST, "operationId": "listLoans", "summary": "List the loans"},
            "post": {"operationId": "lend", "summary": "Lend a book", "responses": {}},
        },
    },
}


@dataclass(frozen=True)
class Again:
    """A capability in a directory, to edit and to import again."""

    capsys: pytest.CaptureFixture[str]

    def edit(self, *changes: tuple[str, str]) -> None:
        text = self.text
        for old, new in changes:
            assert old in text, text
            text = text.replace(old, new)
        Path("library.yaml").write_bytes(text.encode())

    def run(self, document: dict[str, Any] = DOCUMENT, *options: str) -> str:
        """Import, and return the messages."""
        code = self.code(document, *options)
        errors = self.capsys.readouterr().err
        assert code == 0, errors
        return errors

    def code(self, document: dict[str, Any] = DOCUMENT, *options: str) -> int:
        Path("api.json").write_text(json.dumps(document), "utf-8")
        return main(["import", "api.json", "-o", "library.yaml", "-q", *options])

    @property
    def text(self) -> str:
        return Path("library.yaml").read_bytes().decode()

    def tools(self) -> dict[str, dict[str, Any]]:
        return tools(Path("library.yaml"))

    def assert_compiles(self) -> None:
        compile_strictly(Path("library.yaml"))


@pytest.fixture
def again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Again:
    """Return a fresh import in the working directory."""
    monkeypatch.chdir(tmp_path)
    importer = Again(capsys)
    importer.run()
    return importer


def change_document(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    change(document["paths"])
    return document


def described_anew(paths: dict[str, Any]) -> None:
    paths["/books"]["get"]["summary"] = "List all books"


def without_loans(paths: dict[str, Any]) -> None:
    del paths["/loans"]


# --- edits and changes -----------------------------------------------------------


def test_edits_stay_and_changes_come_in(again: Again) -> None:
    again.edit(
        ("    port: 8080\n", "    # Ours.\n    port: 9999\n"),
        (
            "ref: library-functions.lend\n      h",
            "ref: library-functions.lend\n      name: lend-a-book\n      h",
        ),
    )

    def change(paths: dict[str, Any]) -> None:
        described_anew(paths)
        paths["/books"]["get"]["parameters"][0]["schema"]["maximum"] = 50
        paths["/readers"] = {"get": {**LIST, "operationId": "listReaders"}}

    assert "warning" not in again.run(change_document(change))

    tools = again.tools()
    assert list(tools) == ["list-books", "list-loans", "lend-a-book", "list-readers"]
    assert tools["list-books"]["description"] == "List all books"
    assert tools["list-books"]["inputParameters"][0]["maximum"] == 50
    assert "    # Ours.\n    port: 9999\n" in again.text
    again.assert_compiles()
    assert main(["drift", "library.yaml", "--openapi", "api.json", "--json"]) == 0
    assert json.loads(again.capsys.readouterr().out)["findings"] == []


def test_an_unedited_capability_becomes_the_new_import(again: Again) -> None:
    document = change_document(lambda paths: paths.pop("/books"))
    again.run(document)
    text = again.text
    again.run(document, "--force")
    assert again.text == text


def test_an_edit_stays_with_every_further_import(again: Again) -> None:
    again.edit(("port: 8080", "port: 9999"))
    assert "up to date" in again.run()
    again.run(change_document(described_anew))
    again.run(change_document(without_loans))
    assert "port: 9999" in again.text
    assert list(again.tools()) == ["list-books"]


def test_a_value_that_both_changed_is_a_conflict(again: Again) -> None:
    again.edit(("version: 1.0.0", "version: 1.5.0  # ours"))
    document = {**DOCUMENT, "info": {"title": "Library", "version": "2.0.0"}}
    errors = again.run(document)

    line = 1 + again.text.splitlines().index("  version: 1.5.0  # ours")
    assert f"library.yaml:{line}:3: warning[import-conflict]" in errors
    assert "stays '1.5.0', because it was edited; the API has '2.0.0'" in errors
    assert "warning" not in again.run(document)


def test_deleted_tools_stay_deleted(again: Again) -> None:
    again.edit(("    - ref: library-functions.list-loans\n", ""))
    assert list(again.tools()) == ["list-books", "lend"]

    def change(paths: dict[str, Any]) -> None:
        paths["/loans"]["get"]["summary"] = "List all loans"

    assert "warning" not in again.run(change_document(change))
    assert list(again.tools()) == ["list-books", "lend"]
    assert "description: List all loans" in again.text


def test_renamed_operations_are_recognised(again: Again) -> None:
    again.edit(("list-books", "find-books"))
    assert "warning" not in again.run(change_document(described_anew))
    assert again.tools()["find-books"]["description"] == "List all books"
    assert "list-books" not in again.text
    again.assert_compiles()


# --- lost operations -------------------------------------------------------------


@pytest.mark.parametrize("path", ["/books#stream", "/books?stream=true"])
def test_paths_may_differ_only_in_their_end(again: Again, path: str) -> None:
    stream = {"operationId": "streamBooks", "summary": "Stream now", "responses": {}}
    document = change_document(lambda paths: paths.update({path: {"get": stream}}))
    again.run(document)
    again.edit(
        ("name: list-books", "name: browse"),
        ("library.list-books", "library.browse"),
        ("functions.list-books", "functions.browse"),
    )
    before = again.text
    again.run(document)
    assert again.text == before

    stream["summary"] = "Stream all"
    again.run(document)
    assert again.text == before.replace(": Stream now\n", ": Stream all\n")
    again.assert_compiles()


def test_operations_without_the_end_of_their_path_are_known_by_their_ids(
    again: Again,
) -> None:
    stream = {"operationId": "streamBooks", "summary": "Stream now", "responses": {}}
    document = change_document(
        lambda paths: paths.update({"/books#stream": {"get": stream}})
    )
    again.run(document)
    again.edit(("      label: /books#stream\n", ""))
    Path(".library.yaml.imported").write_bytes(again.text.encode())
    names = [*again.tools()]
    again.run(document)
    assert [*again.tools()] == names


def test_lost_operations_go(again: Again) -> None:
    again.edit(("port: 8080", "port: 9999"))
    again.run(change_document(without_loans))
    assert "loan" not in again.text
    again.assert_compiles()


def test_lost_operations_stay_for_an_edited_tool(again: Again) -> None:
    at = again.text.rindex("description: Lend a book")
    rest = again.text[at:]
    again.edit((rest, rest.replace("Lend a book", "Borrow", 1)))
    errors = again.run(change_document(without_loans))

    assert "'POST /loans' stays, because it was edited" in errors
    assert list(again.tools()) == ["list-books", "lend"]
    assert "name: list-loans\n      " not in again.text[at - 500 :]
    again.assert_compiles()


# --- styles ----------------------------------------------------------------------


def test_any_style_is_merged(again: Again) -> None:
    """Lists with more indentation, other quotes, values in brackets, and CRLF."""
    value = yaml.load(again.text, yaml.CSafeLoader)

    class Indented(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, *_: object, **__: object) -> None:
            super().increase_indent(flow, indentless=False)

    document = yaml.dump(
        value, Dumper=Indented, sort_keys=False, default_flow_style=False
    )
    document = document.replace("\n", "\r\n").replace("localhost", "'localhost'")
    Path("library.yaml").write_bytes(document.encode())
    again.run(change_document(described_anew))

    text = again.text
    assert text.count("\r\n") == text.count("\n")
    assert again.tools()["list-books"]["description"] == "List all books"
    expected = document.replace("List the books", "List all books")
    assert yaml.load(text, yaml.CSafeLoader) == yaml.load(expected, yaml.CSafeLoader)


BASE = """\
# Head.
naftiko: 1.0.0
info:
  label: One
  tags:
  - a
  - b
"""


MERGED: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(
    Path(__file__).with_name("merged_texts.yaml").read_text("utf-8")
)


@pytest.mark.parametrize("sides", MERGED.values(), ids=MERGED)
def test_lines_stay_as_they_are_typed(sides: dict[str, dict[str, str]]) -> None:
    texts = {}
    for side, changes in sides.items():
        texts[side] = BASE
        for old, new in changes.items():
            texts[side] = texts[side].replace(old, new)
    ours, theirs = texts["ours"].encode(), texts["theirs"].encode()
    result = merge(BASE.encode(), ours, theirs)
    assert result.content.decode() == texts["merged"]
    assert result.conflicts == ()


@pytest.mark.parametrize("name", ["library.yaml", "clinic.json", "shop.yaml"])
def test_a_second_import_changes_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = Path("spec.yaml")
    command = ["import", str(DOCUMENTS / name), "-q", "-o", str(spec)]
    code = main(command)
    for content in (
        spec.read_bytes(),
        spec.read_bytes().replace(b"port: 8080", b"port: 8099") + b"# Ours.\n",
    ):
        spec.write_bytes(content)
        assert main(command) == code
        assert spec.read_bytes() == content


# --- nothing to merge ------------------------------------------------------------


def test_an_edited_file_without_a_base_is_refused(again: Again) -> None:
    again.edit(("port: 8080", "port: 9999"))
    Path(".library.yaml.imported").unlink()
    before = again.text

    assert again.code() == 1
    assert "already exists; --force overwrites it" in again.capsys.readouterr().err
    assert again.text == before
    again.run(DOCUMENT, "--force")
    assert "port: 9999" not in again.text
    assert Path(".library.yaml.imported").read_bytes().decode() == again.text


SHOP: dict[str, Any] = {
    **DOCUMENT,
    "info": {"title": "Shop", "version": "1.0.0"},
    "paths": {
        "/books": {"get": LIST},
        "/orders": {
            "get": {"operationId": "listOrders", "responses": {}},
            "post": {"operationId": "order", "responses": {}},
        },
    },
}


@pytest.mark.parametrize("title", ["Shop", "Library"])
@pytest.mark.parametrize("edits", [(), (("port: 8080", "port: 9999"),)])
def test_another_document_is_refused(
    again: Again, title: str, edits: tuple[tuple[str, str], ...]
) -> None:
    again.edit(*edits)
    before = again.text
    shop = deepcopy(SHOP) | {"info": {"title": title, "version": "1.0.0"}}
    if title == "Library":
        del shop["paths"]["/books"]

    assert again.code(shop) == 1
    message = "library.yaml is an import of another document; --force overwrites it"
    assert message in again.capsys.readouterr().err
    assert again.text == before
    again.run(shop, "--force")
    assert "order" in again.tools()
    again.run(shop)


def test_a_document_may_get_another_title(again: Again) -> None:
    again.edit(("port: 8080", "port: 9999"))
    again.run(DOCUMENT | {"info": {"title": "Public library", "version": "2.0.0"}})
    assert "label: Public library" in again.text
    assert "port: 9999" in again.text


def test_other_operations_of_a_document_can_be_chosen(again: Again) -> None:
    again.run(DOCUMENT, "--path", "/books")
    assert [*again.tools()] == ["list-books"]
    again.run(DOCUMENT, "--path", "/loans")
    assert [*again.tools()] == ["list-loans", "lend"]


def test_a_short_capability_is_of_a_document_by_its_title(again: Again) -> None:
    Path("library.yaml").unlink()
    again.run(DOCUMENT, "--tools", "listBooks")
    again.run(DOCUMENT, "--tools", "listLoans")
    assert again.code(SHOP, "--tools", "listOrders") == 1
    again.run(SHOP, "--tools", "listOrders", "--force")


def test_a_file_that_cannot_be_read_is_refused(again: Again) -> None:
    again.edit(("naftiko: ", "naftiko: [ "))
    assert again.code(change_document(described_anew)) == 1
    reason = "can't be merged with the import: the edited file is no YAML"
    assert reason in again.capsys.readouterr().err
    assert "naftiko: [ " in again.text


def test_a_damaged_base_is_named(again: Again) -> None:
    again.edit(("port: 8080", "port: 9999"))
    Path(".library.yaml.imported").write_text("[", encoding="utf-8")
    assert again.code(change_document(described_anew)) == 1
    reason = "can't be merged with the import: the earlier import, which was kept"
    assert reason in again.capsys.readouterr().err
    assert "port: 9999" in again.text
