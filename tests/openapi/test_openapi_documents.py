"""Reading OpenAPI documents: refusals with their places, and limits of cost."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import yaml

from naftiko_gen import frontend
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.openapi.read.description import open_description
from naftiko_gen.openapi.read.document import json_tree
from naftiko_gen.openapi.write.capability import Wishes, capability
from naftiko_gen.syntax.reader.characters import RefusedError
from naftiko_gen.syntax.reader.events import OPENAPI, Limits
from naftiko_gen.syntax.yaml_writer import Block, yaml_text
from waiting import ending

HEAD = "openapi: 3.1.0\ninfo: {title: T}\nservers: [{url: 'https://t.example'}]\n"


def read(content: str | bytes, directory: Path, name: str = "openapi.yaml") -> Any:
    document = directory / name
    document.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_description(document)


def findings(description: Any) -> list[tuple[str, int, int]]:
    """Return the codes of the diagnostics, each with line and column."""
    return [
        (diagnostic.code.slug, diagnostic.span.line, diagnostic.span.column)
        for diagnostic in description.report.diagnostics
    ]


def write_capability(description: Any) -> str:
    assert description.api, findings(description)
    return capability(description.api, Wishes("openapi.yaml")).text


# --- JSON --------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, -2.5e3, true, false, null, "\\ud83d\\ude00\\/\\n"], "b": {}}',
        "[]",
        '\n{\t"a"\r\n:\t[ ] }\n',
        '"only"',
    ],
)
def test_json_is_read_as_by_the_standard_library(text: str) -> None:
    assert json_tree(text, Report(""), OPENAPI).plain() == json.loads(text)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("{", (1, 2), "ends, but a key"),
        ('{"a" 1}', (1, 6), "':' is expected"),
        ('{"a": 1,}', (1, 9), "a key in double quotes"),
        ('{"a":\n [1 2]}', (2, 5), "',' or ']'"),
        ("[01]", (1, 3), "',' or ']'"),
        ('{"a": nul}', (1, 7), "a value"),
        ('{"a": "b', (1, 7), "a value"),
        ('{"a": 1} x', (1, 10), "ended before"),
        ('{"a": 1,\n "a": 2}', (2, 2), "repeats the one on line 1"),
        ('{"a": "\\u0000"}', (1, 7), "NUL"),
        ('{"a": "\\ud800"}', (1, 7), "half a character"),
        ('{"a": 1e999}', (1, 7), "too large"),
        ("[" * 101 + "]" * 101, (1, 101), "nested more than 100 deep"),
    ],
)
def test_faults_of_json_have_a_place(
    text: str, place: tuple[int, int], message: str
) -> None:
    with pytest.raises(RefusedError) as error:
        json_tree(text, Report(""), OPENAPI)

    assert message in error.value.message
    assert (error.value.span.line, error.value.span.column) == place


def test_json_has_limits() -> None:
    with pytest.raises(RefusedError, match="more than 10 parts"):
        json_tree(json.dumps([1] * 10), Report(""), Limits(parts=10))
    with pytest.raises(RefusedError, match="more than 3 characters"):
        json_tree('["abcd"]', Report(""), Limits(string=3))


# --- documents ---------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00", "not-utf8"),
        (b"a: \x00\n", "forbidden-character"),
        (b"{" * 200, "too-deep"),
        (b"#" * (OPENAPI.size + 1), "file-too-large"),
    ],
)
@pytest.mark.slow
def test_texts_that_are_no_document_are_refused_with_a_place(
    content: bytes, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "openapi.yaml"
    document.write_bytes(content)

    assert main(["import", str(document)]) == 1

    output = capsys.readouterr()
    assert f"error[{code}]" in output.err
    assert "Traceback" not in output.err
    assert output.out == ""


def test_shared_parts_of_yaml_are_read(tmp_path: Path) -> None:
    description = read(
        HEAD + """
x-both: &both
  responses: {}
  parameters: [{name: page, in: query, schema: &number {type: integer}}]
paths:
  /a:
    get: {<<: *both, operationId: first}
  /b:
    get:
      operationId: second
      <<: [*both, {summary: All seconds, operationId: third}]
      parameters: [{name: size, in: query, schema: *number}]
""",
        tmp_path,
    )

    text = write_capability(description)
    assert "name: first\n" in text
    assert "description: All seconds\n" in text
    assert text.count("- name: page\n") == 2
    assert text.count("- name: size\n") == 2
    assert "name: third" not in text


def test_aliases_of_aliases_cost_next_to_nothing(tmp_path: Path) -> None:
    layers = "".join(
        f"  l{n}: &l{n} {{type: object, properties:"
        f" {{{', '.join(f'p{i}: *l{n - 1}' for i in range(9))}}}}}\n"
        for n in range(1, 30)
    )
    body = "{content: {application/json: {schema: *l29}}}"
    path = f"  /a: {{post: {{requestBody: {body}, responses: {{}}}}}}\n"

    with ending():
        text = write_capability(
            read(f"{HEAD}x-s:\n  l0: &l0 {{}}\n{layers}paths:\n{path}", tmp_path)
        )

    assert len(text) < 30_000


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (300, "larger than 32 MiB; import a part"),
        (1001, "more than 200,000 parameters"),
    ],
)
@pytest.mark.slow
def test_shared_parameters_cost_no_more_than_they_say(
    count: int, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All operations with 200 long descriptions each would be gigabytes of text."""
    parameters = "".join(
        f"  - {{name: p{n}, in: query, description: {'x' * 7_000}}}\n"
        for n in range(200)
    )
    paths = "".join(f"  /a{n}: {{get: {{parameters: *p}}}}\n" for n in range(count))
    document = tmp_path / "openapi.yaml"
    document.write_text(f"{HEAD}x-p:\n  list: &p\n{parameters}paths:\n{paths}", "utf-8")

    with ending():
        assert main(["import", str(document)]) == 1

    assert text in capsys.readouterr().err


@pytest.mark.slow
def test_operations_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = "".join(f"  /a{n}: {{get: {{}}}}\n" for n in range(20_001))
    document = tmp_path / "openapi.yaml"
    document.write_text(f"{HEAD}paths:\n{paths}", "utf-8")

    assert main(["import", str(document)]) == 1

    assert "more than 20,000 operations" in capsys.readouterr().err


# --- references --------------------------------------------------


def test_references_that_lead_nowhere_have_places(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("password: [x\n", "utf-8")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "paths.yaml").write_text("a: {$ref: '../no.yaml'}\n", "utf-8")
    targets = [
        "#/components/parameters/none",
        "#/components/parameters/loop",
        "https://evil.example/x.yaml#/a",
        "/etc/passwd#/a",
        "../outside.yaml#/a",
        "secret.txt",
        "in/paths.yaml#/a",
        "none.yaml",
        "#/info/title",
    ]
    lines = "".join(f"      - $ref: '{target}'\n" for target in targets)
    loop = "components: {parameters: {loop: {$ref: '#/components/parameters/loop'}}}\n"

    description = read(
        f"{HEAD}{loop}paths:\n  /a:\n    get:\n      parameters:\n{lines}", tmp_path
    )

    assert len(write_capability(description)) > 0
    diagnostics = description.report.diagnostics
    assert {diagnostic.code.slug for diagnostic in diagnostics} == {
        "unusable-reference"
    }
    here = {
        diagnostic.span.line for diagnostic in diagnostics if not diagnostic.imported_at
    }
    # The existing file is valid; the files that it refers to aren't.
    assert here == {9 + n for n, target in enumerate(targets) if "in/" not in target}
    assert [
        diagnostic.message for diagnostic in diagnostics if diagnostic.imported_at
    ] == ["the reference '../no.yaml' leads to no file that can be read"]
    assert not any("password" in diagnostic.message for diagnostic in diagnostics)


def test_a_schema_may_hold_itself(tmp_path: Path) -> None:
    schema = "{type: object, properties: {child: {$ref: '#/components/schemas/N'}}}"
    body = "{content: {application/json: {schema: {$ref: '#/components/schemas/N'}}}}"

    text = write_capability(
        read(
            f"{HEAD}components: {{schemas: {{N: {schema}}}}}\n"
            f"paths: {{/a: {{post: {{requestBody: {body}}}}}}}\n",
            tmp_path,
        )
    )

    # The function has three levels, and names the fourth.
    assert text.count("child:") == 3
    assert text.count("description: It has child.") == 1


# --- hostile texts -----------------------------------------------

HOSTILE = (
    "\u202e",
    "a\n# x",
    "a: b",
    "- a",
    "'",
    '"',
    "{{PASSWORD}}",
    "{{env.PASSWORD}}",
    "%",
    "\x1b[31m",
    "\u2028injected: true",
    "*a",
    "&a",
    "!!python",
    "null",
    "2015",
    "on",
    "${X}",
    "a\u0085b: c",
    "\\",
    "é",
)


@pytest.mark.parametrize("text", ["0x1F", "0o17", "2015", "on"])
def test_texts_that_other_readers_misread_are_quoted(text: str) -> None:
    assert yaml_text(Block().put("a", text)) == f"a: '{text}'\n"


WITH_TEXTS = Path(__file__).with_name("hostile_texts.yaml").read_text("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_stay_texts(text: str, tmp_path: Path) -> None:
    """No text of a document becomes a structure, a template or a comment."""
    # A path with a backslash is refused.
    places = (("PATH", text.replace("\\", "-")), ("TEXT", text))
    document = json.dumps(yaml.safe_load(WITH_TEXTS))
    for place, value in places:
        document = document.replace(place, json.dumps(value)[1:-1])

    description = read(document, tmp_path, "openapi.json")
    content = write_capability(description)
    spec = tmp_path / "spec.yaml"
    spec.write_text(content, "utf-8")
    reading = frontend.read(spec, Options(tmp_path, strict=True))

    assert [diagnostic.message for diagnostic in reading.diagnostics] == []
    assert reading.meaning
    secrets = [v.name for v in reading.meaning.capability.variables]
    assert "PASSWORD" not in secrets
    assert "X" not in secrets


def test_a_long_string_takes_little_memory() -> None:
    text = json.dumps(["a" * 1_000_000, 'é"' * 100_000])
    tracemalloc.start()
    try:
        json_tree(text, Report(""), Limits(string=2_000_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(text)


# --- untrusted documents -----------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/x",
        "//evil.example/x",
        "/a/../b",
        "/a/%2e%2E/b",
        "/a/{id}/..",
        "/a\\b",
    ],
)
def test_a_path_stays_behind_its_server(path: str, tmp_path: Path) -> None:
    description = read(
        json.dumps(_document(path, "https://t.example")), tmp_path, "o.json"
    )

    assert description.api
    assert description.api.operations == ()
    [omission] = description.api.omitted
    assert (omission.path, omission.span.line) == (path, 1)


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://{h}", "http://0xa9fea9fe"]
)
@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_a_server_of_the_machine_s_own_credentials_is_told(
    url: str, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(_document("/a", url)), "utf-8")

    assert main(["import", *options, str(document)]) == 0
    assert "warning[metadata-address]" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["..", "a/../b", "%2e%2e/b"])
def test_a_server_has_a_plain_path(path: str, tmp_path: Path) -> None:
    url = f"https://t.example/{path}"
    description = read(json.dumps(_document("/a", url)), tmp_path, "openapi.json")

    assert path not in write_capability(description)


def _document(path: str, url: str) -> dict[str, Any]:
    variables = {"h": {"default": "169.254.169.254", "enum": ["169.254.169.254"]}}
    return {
        "openapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": url, "variables": variables}],
        "paths": {path: {"get": {"responses": {"200": {"description": "ok"}}}}},
    }
