"""A case for each code: the example on its page, or a function that makes its files."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from examples import SPEC, files, is_further, write_files

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.report import Code
from naftiko_gen.syntax.reader.events import CAPABILITY

CLEAN = Path(__file__).parent / "clean.yaml"
"""A document that nothing is reported about."""


def _no_configuration(_: pytest.MonkeyPatch) -> list[str]:
    Path("pyproject.toml").write_text('[project]\nname = "books"\n', "utf-8")
    return ["--config", "pyproject.toml"]


def _two_configurations(_: pytest.MonkeyPatch) -> list[str]:
    Path("naftiko-gen.toml").write_text('specs = ["*.yaml"]\n', "utf-8")
    Path("pyproject.toml").write_text("[tool.naftiko-gen]\nstrict = true\n", "utf-8")
    return []


def _low_limit(_: pytest.MonkeyPatch) -> list[str]:
    Path("naftiko-gen.toml").write_text("max-tool-tokens = 10\n", "utf-8")
    shutil.copy(CLEAN, "spec.yaml")
    return ["spec.yaml"]


def _no_file(_: pytest.MonkeyPatch) -> list[str]:
    return ["spec.yaml"]


def _large_file(_: pytest.MonkeyPatch) -> list[str]:
    return _write_spec(b"#" * (CAPABILITY.size + 1))


def _latin_letter(_: pytest.MonkeyPatch) -> list[str]:
    return _write_spec(b"naftiko: 1.0.0-alpha2\ninfo: {label: Caf\xe9}\n")


def _many_parts(_: pytest.MonkeyPatch) -> list[str]:
    return _write_spec(b"[" + b"a," * CAPABILITY.parts + b"]")


def _long_string(_: pytest.MonkeyPatch) -> list[str]:
    return _write_spec(b"naftiko: " + b"x" * 32_769)


def _write_spec(content: bytes) -> list[str]:
    Path("spec.yaml").write_bytes(content)
    return ["spec.yaml"]


def _one_package_of_two(_: pytest.MonkeyPatch) -> list[str]:
    specs = ["book-store.yaml", "book_store.yaml"]
    for spec in specs:
        shutil.copy(CLEAN, spec)
    return specs


def _changed_spec(_: pytest.MonkeyPatch) -> list[str]:
    specs = _prepare_published()
    text = CLEAN.read_text(encoding="utf-8")
    Path("spec.yaml").write_text(text.replace("port: 9090", "port: 9091"), "utf-8")
    return [*specs, "--check"]


def _name_with_an_equals_sign(_: pytest.MonkeyPatch) -> list[str]:
    shutil.copy(CLEAN, "a=b.yaml")
    return ["a=b.yaml", "--depfile", "out.d"]


def _file_in_the_way(_: pytest.MonkeyPatch) -> list[str]:
    Path("out").write_bytes(b"")
    shutil.copy(CLEAN, "spec.yaml")
    return ["spec.yaml"]


def _call_without_operation(_: pytest.MonkeyPatch) -> list[str]:
    text = CLEAN.read_text(encoding="utf-8")
    unit = re.search(r"^ *- name: list-books\n.*\n *call: .*\n", text, re.MULTILINE)
    if unit is None:
        raise AssertionError("the document has no such tool")
    broken_unit = unit[0].replace("list-books", "find-books")
    Path("spec.yaml").write_text(text.replace(unit[0], unit[0] + broken_unit), "utf-8")
    return ["spec.yaml", "--skip-unresolved"]


def _surface_of_no_adapter(_: pytest.MonkeyPatch) -> list[str]:
    shutil.copy(CLEAN, "spec.yaml")
    return ["spec.yaml", "--surface", "shp=lean"]


def _double_tool(_: pytest.MonkeyPatch) -> list[str]:
    return _second_tool(
        "{name: list-the-book, description: List books by titles., call: store."
    )


def _vague_tool(_: pytest.MonkeyPatch) -> list[str]:
    return _second_tool("{name: get-books, description: Gets a book., call: store.")


def _tool_with_input(_: pytest.MonkeyPatch) -> list[str]:
    return _second_tool(
        "{name: find, description: Finds one book., inputParameters: "
        "[{name: title, type: string}], with: {title: '{{title}}'}, call: store."
    )


def _workflow_without_tool(_: pytest.MonkeyPatch) -> list[str]:
    Path("spec.yaml").write_text(_with_good_tool(), "utf-8")
    Path("arazzo.yaml").write_text(
        "arazzo: 1.0.1\n"
        "workflows:\n"
        "- workflowId: order\n"
        "  summary: Order a book.\n"
        "  steps: [{stepId: buy, operationId: buyBook}]\n",
        "utf-8",
    )
    return ["tools", "spec.yaml", "--evals", "evals.jsonl"]


def _second_tool(start: str) -> list[str]:
    """Add a tool to a good one; `start` lacks the name of its operation."""
    content = f"{_with_good_tool()}    - {start}list-books}}\n"
    Path("spec.yaml").write_text(content, "utf-8")
    return ["tools", "spec.yaml"]


def _with_good_tool() -> str:
    text = CLEAN.read_text(encoding="utf-8")
    text = text.replace("Lists books.", "Lists books by title.")
    return text.replace("type: mcp", "type: mcp\n    description: A shop for readers.")


def _unknown_format(_: pytest.MonkeyPatch) -> list[str]:
    return _write_document("openapi: 4.0.0\npaths: {}\n")


def _reference_to_nothing(_: pytest.MonkeyPatch) -> list[str]:
    return _write_document(_API.replace("[]", "[{$ref: '#/components/parameters/id'}]"))


def _framing_header(_: pytest.MonkeyPatch) -> list[str]:
    return _write_document(_API.replace("[]", "[{name: Host, in: header}]"))


_API = """\
openapi: 3.1.0
info: {title: Books, version: '1'}
servers:
- url: https://books.example
paths:
  /books:
    get:
      parameters: []
"""


def _edited_import(_: pytest.MonkeyPatch) -> list[str]:
    arguments = _write_document(_API)
    if main([*arguments, "-o", "out", "-q"]):
        raise AssertionError("the document can't be imported")
    capability = Path("out").read_text("utf-8")
    Path("out").write_text(
        capability.replace("version: '1'", "version: '1.5'"), "utf-8"
    )
    return _write_document(_API.replace("version: '1'", "version: '2'"))


def _write_document(document: str) -> list[str]:
    Path("openapi.yaml").write_text(document, "utf-8")
    return ["import", "openapi.yaml"]


def _damaged_manifest(_: pytest.MonkeyPatch) -> list[str]:
    specs = _prepare_published()
    Path("out/spec/.naftiko-gen.json").write_bytes(b"{")
    return specs


def _package_of_another_spec(_: pytest.MonkeyPatch) -> list[str]:
    Path(".git").mkdir()
    _prepare_published()
    Path("api").mkdir()
    return [str(shutil.move("spec.yaml", "api/spec.yaml"))]


def _edited_module(_: pytest.MonkeyPatch) -> list[str]:
    specs = _prepare_published()
    Path("out/spec/spec/client.py").write_bytes(b"edited = True\n")
    return specs


def _module_of_nobody(_: pytest.MonkeyPatch) -> list[str]:
    specs = _prepare_published()
    Path("out/spec/spec/_runtime/upstream/client").mkdir()
    return specs


def _prepare_published() -> list[str]:
    shutil.copy(CLEAN, "spec.yaml")
    if main(["spec.yaml", "-o", "out", "-q"]):
        raise AssertionError("the document doesn't compile")
    return ["spec.yaml"]


PREPARED: dict[Code, Callable[[pytest.MonkeyPatch], list[str]]] = {
    Code.UNUSABLE_CONFIGURATION: _no_configuration,
    Code.SEVERAL_CONFIGURATIONS: _two_configurations,
    Code.LARGE_TOOL_LIST: _low_limit,
    Code.UNREADABLE_FILE: _no_file,
    Code.FILE_TOO_LARGE: _large_file,
    Code.NOT_UTF8: _latin_letter,
    Code.TOO_COMPLEX: _many_parts,
    Code.STRING_TOO_LONG: _long_string,
    Code.SKIPPED_UNIT: _call_without_operation,
    Code.UNKNOWN_NAMESPACE: _surface_of_no_adapter,
    Code.CONFUSABLE_TOOLS: _double_tool,
    Code.MISSING_PURPOSE: _vague_tool,
    Code.UNDESCRIBED_INPUT: _tool_with_input,
    Code.IGNORED_WORKFLOW: _workflow_without_tool,
    Code.UNUSABLE_OPENAPI: _unknown_format,
    Code.UNUSABLE_REFERENCE: _reference_to_nothing,
    Code.NOT_CARRIED_OVER: _framing_header,
    Code.IMPORT_CONFLICT: _edited_import,
    Code.DUPLICATE_PACKAGE: _one_package_of_two,
    Code.OUTDATED_PACKAGE: _changed_spec,
    Code.UNUSABLE_DEPFILE: _name_with_an_equals_sign,
    Code.UNUSABLE_OUTPUT: _file_in_the_way,
    Code.BROKEN_MANIFEST: _damaged_manifest,
    Code.FOREIGN_PACKAGE: _package_of_another_spec,
    Code.EDITED_GENERATED_FILE: _edited_module,
    Code.FOREIGN_MODULE: _module_of_nobody,
}
"""Functions that prepare the working directory and return the run's arguments."""


def prepare(code: Code, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put the files of a case into the working directory, and return the arguments."""
    if code in PREPARED:
        return PREPARED[code](monkeypatch)
    write_files(code, Path(), [name for name in files(code) if not is_further(name)])
    return [SPEC] if SPEC in files(code) else []
