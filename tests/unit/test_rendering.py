"""Diagnostics on a terminal, on GitHub, as SARIF and as JSON."""

import json
import re
from dataclasses import replace
from email.message import Message

import pytest

from golden_files import ROOT
from naftiko_gen.diagnostics import codes, rendering
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.diagnostics.report import Code, Diagnostic, Severity
from naftiko_gen.diagnostics.sarif import sarif
from naftiko_gen.diagnostics.span import Span

SOURCE = b"capability:\n  exposes:\n    - call: runs.deleterum\n"
CALL = Diagnostic(
    Code.UNUSABLE_KEY,
    "call names 'runs.deleterum'",
    "specs/runs.yaml",
    Span(3, 13, 14),
    "did you mean 'runs.deleterun'?",
)

NOTE = Diagnostic(
    next(code for code in Code if code.severity is Severity.NOTE),
    "read as a list",
    "specs/runs.yaml",
    Span(2, 3, 7),
    "write '- '",
)


def text(
    *diagnostics: Diagnostic,
    source: bytes = SOURCE,
    verbose: bool = False,
    color: bool = False,
    are_grouped: bool = False,
) -> str:
    sources = {diagnostic.file: source for diagnostic in diagnostics}
    options = {"verbose": verbose, "color": color, "are_grouped": are_grouped}
    return rendering.text(diagnostics, sources, **options)


def excerpt_of(source: str, span: Span) -> list[str]:
    diagnostic = Diagnostic(Code.YAML_SYNTAX, "m", "f", span, "h")
    return text(diagnostic, source=source.encode()).splitlines()[1:]


# --- text --------------------------------------------------------


def test_a_line_that_holds_a_secret_is_never_shown() -> None:
    literal = Diagnostic(Code.LITERAL_CREDENTIAL, "written here", "f", Span(1, 8, 6))
    note = Diagnostic(NOTE.code, "read as 'token'", "f", Span(1, 1, 5))

    shown_text = text(literal, note, source=b"value: s3cret\n", verbose=True)

    assert "s3cret" not in shown_text
    assert "f:1:8: error[literal-credential] written here" in shown_text


def test_a_note_is_one_line_unless_verbose() -> None:
    head = f"specs/runs.yaml:2:3: note[{NOTE.code.slug}] read as a list"
    assert text(NOTE) == f"{head}; write '- '\n"
    assert text(NOTE, verbose=True) == (
        f"{head}\n    2 |   exposes:\n      |   ^^^^^^^ write '- '\n"
    )


def test_warnings_of_one_kind_share_a_line_if_they_are_grouped() -> None:
    warnings = [
        Diagnostic(Code.UNGUARDED_OPERATION, f"{n}", "a.yaml", Span(n, 3, 1), "guard")
        for n in range(1, 10)
    ]

    assert text(*warnings[:2], are_grouped=True) == (
        "a.yaml:1:3: warning[unguarded-operation] 1; the same at 2:3 (-v shows each)\n"
    )
    places = "2:3, 3:3, 4:3, 5:3, 6:3, 7:3 and 2 more places"
    assert f"; the same at {places} (-v" in text(*warnings, are_grouped=True)
    assert text(*warnings).count("guard\n") == 9
    misspelt = [replace(warning, hint="did you mean 'x'?") for warning in warnings]
    assert ": warning[unguarded-operation] 1 (did you mean 'x'?); the same" in text(
        *misspelt, are_grouped=True
    )
    assert text(warnings[0], are_grouped=True).count("\n") == 3


def test_each_part_of_a_message_has_its_color() -> None:
    head, quotation, carets = text(CALL, color=True).splitlines()
    assert head == (
        "\x1b[1mspecs/runs.yaml:3:13:\x1b[0m \x1b[1;31merror[unusable-key]\x1b[0m"
        " \x1b[1mcall names 'runs.deleterum'\x1b[0m"
    )
    assert quotation == (
        "\x1b[34m    3 | \x1b[0m    - call: \x1b[1;31mruns.deleterum\x1b[0m"
    )
    assert carets == (
        "\x1b[34m      | \x1b[0m            \x1b[1;31m^^^^^^^^^^^^^^\x1b[0m"
        " \x1b[32mdid you mean 'runs.deleterun'?\x1b[0m"
    )


def test_colors_change_no_character() -> None:
    hostile = Diagnostic(
        Code.YAML_SYNTAX, "m\x1b[2J", "a\x1b]8;;\x07b", Span(1, 4, 9), "h\x1b[0m"
    )
    source = "k: \x1b[31m漢\u202e\tx".encode()

    color_text = text(CALL, NOTE, hostile, source=source, color=True)

    assert re.sub(r"\x1b\[[0-9;]+m", "", color_text) == text(
        CALL, NOTE, hostile, source=source
    )


def test_errors_come_before_warnings_and_these_before_notes() -> None:
    warning = Diagnostic(Code.UNGUARDED_OPERATION, "m", "a.yaml", Span(1, 1))
    heads = [line for line in text(NOTE, warning, CALL).splitlines() if "[" in line]
    assert [head.split()[1].partition("[")[0] for head in heads] == [
        *("error", "warning", "note")
    ]


def test_diagnostics_are_ordered_by_file_line_and_column() -> None:
    def at(file: str, span: Span | None) -> Diagnostic:
        return Diagnostic(Code.YAML_SYNTAX, "m", file, span)

    diagnostics = [
        at("b", Span(2, 1)),
        at("a", Span(9, 9)),
        at("b", Span(1, 7)),
        at("b", None),
        at("b", Span(1, 2)),
    ]
    lines = rendering.text(diagnostics, {}, verbose=False, color=False).splitlines()
    places = [line.split(" ")[0] for line in lines if "error[" in line]
    assert places == ["b:", "b:1:2:", "b:1:7:", "b:2:1:", "a:9:9:"]


@pytest.mark.slow
def test_characters_that_a_terminal_would_obey_are_escaped() -> None:
    diagnostic = Diagnostic(
        Code.YAML_SYNTAX, "m\x1b[2J\n", "a\x1b]8;;\x07b.yaml", Span(1, 1), "h\u202e"
    )
    shown_text = text(diagnostic, source="k: \x1b[31m\u202e\u200b😀\n".encode())
    assert shown_text == (
        "a\\x1b]8;;\\x07b.yaml:1:1: error[yaml-syntax] m\\x1b[2J\\n\n"
        "    1 | k: \\x1b[31m\\u202e\\u200b😀\n"
        "      | ^ h\\u202e\n"
    )


def test_carets_stand_below_wide_and_escaped_characters() -> None:
    line, carets = excerpt_of("漢\x1be\u0301\t: x\r\n", Span(1, 7, 1))
    assert line == "    1 | 漢\\x1be\u0301    : x"
    columns = 2 + 4 + 1 + 4 + 1
    assert carets == "      | " + " " * columns + "^ h"


@pytest.mark.parametrize("column", [1, 40, 150, 299])
def test_a_long_line_is_cut_around_the_carets(column: int) -> None:
    source = "".join(chr(ord("a") + n % 26) for n in range(300))
    line, carets = excerpt_of(source, Span(1, column, 300 - column))
    caret = carets.index("^")
    assert len(line) <= 100
    assert line[caret] == source[column - 1]
    assert len(carets.removesuffix(" h")) <= len(line)


def test_millions_of_characters_on_a_line_are_no_problem() -> None:
    line, _ = excerpt_of("x" * 4_000_000, Span(1, 2_000_000, 2_000_000))
    assert len(line) <= 100


# --- GitHub ------------------------------------------------------


def test_a_workflow_command_annotates_the_line() -> None:
    assert rendering.github([CALL]) == (
        "::error file=specs/runs.yaml,line=3,col=13,endColumn=27,title=unusable-key"
        "::call names 'runs.deleterum'%0Adid you mean 'runs.deleterun'?\n"
    )


def test_a_workflow_command_cannot_be_broken_out_of() -> None:
    diagnostic = Diagnostic(Code.NOT_UTF8, "100%\n::error::x", "a,b:c%.yaml", None)
    assert rendering.github([diagnostic]) == (
        "::error file=a%2Cb%3Ac%25.yaml,title=not-utf8::100%25\\n::error::x"
        "%0Asave the file as UTF-8\n"
    )


# --- SARIF -------------------------------------------------------


def test_the_sarif_log_has_everything() -> None:
    elsewhere = Diagnostic(Code.NOT_UTF8, "m", "two words#é.yaml")
    log = sarif([CALL, NOTE, elsewhere, CALL])
    assert log.isascii()
    document = json.loads(log)
    assert (document["version"], len(document["runs"])) == ("2.1.0", 1)
    [run] = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    occurring = {diagnostic.code.slug for diagnostic in (CALL, NOTE, elsewhere)}
    assert [rule["id"] for rule in rules] == [
        c.slug for c in Code if c.slug in occurring
    ]
    for rule in rules:
        assert (ROOT / rule["helpUri"]).read_text("utf-8").count(f"# {rule['id']}\n")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert [result["level"] for result in run["results"]] == [
        *("error", "note", "error", "error")
    ]
    assert run["results"][0] == run["results"][3]
    first, _, third, _ = run["results"]
    assert first["message"]["text"] == (
        "call names 'runs.deleterum'\ndid you mean 'runs.deleterun'?"
    )
    [location] = first["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "specs/runs.yaml"},
        "region": {"startLine": 3, "startColumn": 13, "endColumn": 27},
    }
    [location] = third["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "two%20words%23%C3%A9.yaml"}
    }


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("/a b.yaml", "file:///a%20b.yaml"),
        ("a:b.yaml", "a%3Ab.yaml"),
        ("../\udcff.yaml", "../%FF.yaml"),
    ],
)
def test_a_path_is_a_reference(file: str, uri: str) -> None:
    [run] = json.loads(sarif([Diagnostic(Code.NOT_UTF8, "m", file)]))["runs"]
    [location] = run["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_message_cannot_become_a_link() -> None:
    diagnostic = Diagnostic(Code.NOT_UTF8, "[here](https://evil.example)", "f")
    [run] = json.loads(sarif([diagnostic]))["runs"]
    assert "](" not in run["results"][0]["message"]["text"]


# --- JSON --------------------------------------------------------


def test_the_json_document_has_everything() -> None:
    package = {"slug": "runs", "written": ("a.py",), "removed": ()}
    elsewhere = Diagnostic(Code.NOT_UTF8, "é", "b.yaml")
    document = rendering.json_document([CALL, elsewhere], [package])
    assert document.isascii()
    assert json.loads(document) == {
        "diagnostics": [
            {
                "file": "specs/runs.yaml",
                "line": 3,
                "column": 13,
                "severity": "error",
                "code": "unusable-key",
                "message": "call names 'runs.deleterum'",
                "hint": "did you mean 'runs.deleterun'?",
                "imported_at": [],
            },
            {
                "file": "b.yaml",
                "line": None,
                "column": None,
                "severity": "error",
                "code": "not-utf8",
                "message": "é",
                "hint": "save the file as UTF-8",
                "imported_at": [],
            },
        ],
        "packages": [{"slug": "runs", "written": ["a.py"], "removed": []}],
    }


# --- quoting -----------------------------------------------------


@pytest.mark.parametrize(
    ("value", "quotation"),
    [
        ("runs", "'runs'"),
        ("it's \\", "'it\\'s \\\\'"),
        ("\x1b\n\u202e\u3164\U000e0041", "'\\x1b\\n\\u202e\\u3164\\U000e0041'"),
        ("\ud800", "'\\ud800'"),
        ("schön 😀", "'schön 😀'"),
        ("x" * 60, f"'{'x' * 60}'"),
        ("x" * 61, f"'{'x' * 59}…'"),
        ("\x1b" * 61, f"'{chr(92)}x1b" + "\\x1b" * 13 + "…'"),
        (None, "null"),
        (True, "true"),
        (-1.5, "-1.5"),
        (10**100, "1" + "0" * 58 + "…"),
    ],
)
def test_shown(value: object, quotation: str) -> None:
    assert quote(value) == quotation


def test_nearest_finds_the_misspelt_name() -> None:
    names = ["runs.createrun", "runs.deleterun", "pods.list"]
    assert nearest("runs.deleterum", names) == "runs.deleterun"
    assert nearest("weather", names) is None
    assert nearest("x" * 100_000, ["x" * 100_000]) is None


@pytest.mark.parametrize(
    ("site", "address"),
    [
        ("", "docs/diagnostics/unusable-key.md"),
        ("https://docs.example/", "https://docs.example/diagnostics/unusable-key/"),
    ],
)
def test_the_sarif_log_leads_to_the_page_of_a_code(
    site: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "_site", lambda: site.rstrip("/"))

    [rule] = json.loads(sarif([CALL]))["runs"][0]["tool"]["driver"]["rules"]
    assert rule["helpUri"] == address


def test_the_site_is_a_url_of_the_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = Message()
    fields["Project-URL"] = "Source, https://code.example"
    fields["Project-URL"] = "Documentation, https://docs.example/"
    monkeypatch.setattr("importlib.metadata.metadata", lambda _: fields)
    codes._site.cache_clear()

    assert codes.page_address("a") == "https://docs.example/diagnostics/a/"
    codes._site.cache_clear()
