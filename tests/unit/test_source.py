"""Reading: valid documents, the spans of their parts, and refusals."""

from pathlib import Path

import pytest
import yaml

from naftiko_gen.diagnostics.report import Diagnostic, Report
from naftiko_gen.diagnostics.span import Plain, Span
from naftiko_gen.syntax.reader import load, read
from naftiko_gen.syntax.reader.events import Limits
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence

MEBIBYTE = 1024 * 1024
SMALL = Limits(size=4 * MEBIBYTE, parts=400_000)


@pytest.fixture(params=["libyaml", "pure"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "libyaml" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param == "libyaml")


def load_root(text: str | bytes) -> Mapping:
    report = Report("spec.yaml")
    root = load(text.encode() if isinstance(text, str) else text, report)
    assert report.diagnostics == []
    assert root is not None
    return root


def plain(text: str | bytes) -> Plain:
    return load_root(text).plain()


def findings(content: str | bytes) -> list[Diagnostic]:
    report = Report("spec.yaml")
    data = content.encode() if isinstance(content, str) else content
    assert load(data, report, SMALL) is None
    return report.diagnostics


def finding(content: str | bytes) -> Diagnostic:
    (error,) = findings(content)
    assert error.span is not None
    return error


def place(content: str | bytes) -> tuple[str, int, int, int]:
    error = finding(content)
    assert error.span is not None
    return error.code.slug, error.span.line, error.span.column, error.span.length


# --- values ------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("+7", 7),
        ("1.50", 1.5),
        (".5", 0.5),
        ("-1e3", -1000.0),
        ("9" * 4300, int("9" * 4300)),
    ],
)
@pytest.mark.usefixtures("_parser")
def test_plain_scalars_have_the_core_schemas_types(
    text: str, value: bool | int | float | str | None
) -> None:
    assert load_root(f"a: {text}").get("a") == Scalar(
        value, Span(1, 4 if text else 3, len(text) or 1)
    )


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "no", "on", "off", "2015-02-01", "12:30:45", "1_000", "0755", "0o17"),
        *("0x1F", "0b1", "1.2.3", "1e", "+", ".", "tRue", "=", "٣"),
    ],
)
def test_everything_else_is_a_string(text: str) -> None:
    assert plain(f"a: {text}") == {"a": text}


def test_a_key_is_the_text_that_was_typed() -> None:
    assert plain("on: 1\n404: 2\n2015-02-01: 3\nnull: 4\n'<<': 5\nschlüssel: 6\n") == {
        "on": 1,
        "404": 2,
        "2015-02-01": 3,
        "null": 4,
        "<<": 5,
        "schlüssel": 6,
    }


@pytest.mark.usefixtures("_parser")
def test_escapes_keep_their_characters() -> None:
    assert plain(r'a: "\u202E\x1b[1m\ttab\nline\N\U0001F600"') == {
        "a": "\u202e\x1b[1m\ttab\nline\x85\U0001f600"
    }


def test_unicode_text_is_left_as_it_is() -> None:
    text = "👩\u200d🚀 ❤\ufe0f שלום e\u0301 \u200c"
    assert plain(f"a: {text}") == {"a": text}


def test_byte_order_mark_and_yaml_1_2_directive_are_accepted() -> None:
    assert plain(b"\xef\xbb\xbf# c\n%YAML 1.2 # c\n---\na: 1\n...\n") == {"a": 1}


@pytest.mark.usefixtures("_parser")
def test_tabs_may_separate_tokens() -> None:
    assert plain("a:\tb\t# comment\nc: {d:\te}\n") == {"a": "b", "c": {"d": "e"}}


# --- places ------------------------------------------------------


@pytest.mark.usefixtures("_parser")
def test_places_count_characters_from_one() -> None:
    root = load_root("\ufeffé: '😀😀'\r\n漢字: [a, {b: c}]\r\n")
    flow = root.get("漢字")
    assert root.get("é") == Scalar("😀😀", Span(1, 4, 4))
    assert root.key_span("漢字") == Span(2, 1, 2)
    assert isinstance(flow, Sequence)
    assert flow.span == Span(2, 5, 11)
    assert [item.span for item in flow] == [Span(2, 6, 1), Span(2, 9, 6)]


@pytest.mark.usefixtures("_parser")
def test_a_block_is_placed_at_its_start_and_long_text_on_its_first_line() -> None:
    root = load_root("list:\n  - key: one\n      two\n  - |\n    text\n")
    block = root.get("list")
    assert isinstance(block, Sequence)
    assert block.span == Span(2, 3, 1)
    first, second = block
    assert first.span == Span(2, 5, 1)
    assert isinstance(first, Mapping)
    assert first.value_span("key") == Span(2, 10, 3)
    assert second == Scalar("text\n", Span(4, 5, 1))


# --- refusals: the text ------------------------------------------


@pytest.mark.parametrize(
    ("character", "kind"),
    [
        ("\0", "NUL"),
        ("\x1b", "control character"),
        ("\x7f", "control character"),
        ("\x9f", "control character"),
        ("\x85", "line separator"),
        ("\u2028", "line separator"),
        ("\u2029", "line separator"),
        ("\r", "carriage return"),
        ("\u202e", "bidirectional"),
        ("\u2066", "bidirectional"),
        ("\u200f", "bidirectional"),
        ("\u061c", "bidirectional"),
        ("\u200b", "zero-width"),
        ("\u2060", "zero-width"),
        ("\ufeff", "byte order mark"),
        ("\U000e0041", "tag character"),
        ("\ufdd0", "noncharacter"),
        ("\U0010ffff", "noncharacter"),
    ],
)
def test_characters_that_deceive_are_refused(character: str, kind: str) -> None:
    content = f"a: 1\n# é{character}b: 2\n"
    assert place(content) == ("forbidden-character", 2, 4, 1)
    assert f"U+{ord(character):04X}, a {kind}" in finding(content).message


@pytest.mark.parametrize("escape", [r"\0", r"\x00", r"\u0000", r"\ud83d\ude00"])
@pytest.mark.usefixtures("_parser")
def test_escapes_of_nul_and_surrogates_are_refused(escape: str) -> None:
    first = escape[:6]
    content = f'a: "\\\\0 ok"\nb: "\\\\ {escape}"\n'
    assert place(content) == ("forbidden-character", 2, 8, len(first))


# --- refusals: constructs ----------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: &x 1\n", ("anchor-or-alias", 1, 4, 2)),
        ("a: 1\nb: *name\n", ("anchor-or-alias", 2, 4, 5)),
        ("a: *bold* text\n", ("anchor-or-alias", 1, 4, 1)),
        ("a: !!str 1\n", ("yaml-tag", 1, 4, 5)),
        ("a: ! 1\n", ("yaml-tag", 1, 4, 1)),
        ("a: !!python/object:os.system {}\n", ("yaml-tag", 1, 4, 25)),
        ("a: !x!y 1\n", ("yaml-tag", 1, 4, 1)),
        ("%TAG ! x\n---\na: 1\n", ("yaml-directive", 1, 1, 8)),
        ("# c\n%YAML 1.1\n---\na: 1\n", ("yaml-directive", 2, 1, 9)),
        ("%FOO bar\n---\na: 1\n", ("yaml-directive", 1, 1, 8)),
        ("a: 1\n---\nb: 1\n", ("several-documents", 2, 1, 3)),
        ("a: 1\n...\nb: 1\n", ("several-documents", 3, 1, 1)),
        ("a: {<<: {b: 1}}\n", ("merge-key", 1, 5, 2)),
        ("'': 1\n", ("unusable-key", 1, 1, 2)),
        ("? [a]\n: 1\n", ("unusable-key", 1, 3, 1)),
        ("a: {{env.X}}\n", ("unusable-key", 1, 4, 9)),
        ("", ("empty-document", 1, 1, 1)),
        ("# nothing\n---\n", ("empty-document", 1, 1, 1)),
        ("- a\n", ("not-a-mapping", 1, 1, 1)),
        ("text\n", ("not-a-mapping", 1, 1, 4)),
        ("null\n", ("not-a-mapping", 1, 1, 4)),
        ("a: .inf\n", ("number-too-large", 1, 4, 4)),
        ("a: -.INF\n", ("number-too-large", 1, 4, 5)),
        ("a: .nan\n", ("number-too-large", 1, 4, 4)),
        ("a: 1e400\n", ("number-too-large", 1, 4, 5)),
        ("a: " + "9" * 4301 + "\n", ("number-too-large", 1, 4, 4301)),
        ("a: " + "x" * 32769 + "\n", ("string-too-long", 1, 4, 32769)),
        ("a: " + "[" * 64, ("too-deep", 1, 67, 1)),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("_parser")
def test_refused_constructs(content: str, expected: tuple[str, int, int, int]) -> None:
    assert place(content) == expected


def test_limits_include_their_last_value() -> None:
    deep = "a: " + "[" * 63 + "]" * 63
    assert plain(f"{deep}\nb: {'x' * 32768}\n") != {}


def test_twenty_findings_are_enough() -> None:
    assert len(findings("a: 1\n" * 1000)) == 20


# --- refusals: syntax --------------------------------------------


@pytest.mark.parametrize(
    ("content", "where", "message", "hint"),
    [
        ("a:\n\tb: 1\n", (2, 1), "a tab can't indent", "spaces"),
        ("a: b: c\n", (1, 5), "can't contain ': '", "quotes"),
        ("a: 1\n  b: 2\n", (2, 4), "indented further", "align"),
        ("a: @x\n", (1, 4), "can't start with '@'", "quotes"),
        ("a: `x\n", (1, 4), "can't start with '`'", "quotes"),
        ("a: %x\n", (1, 4), "can't start with '%'", "quotes"),
        ("a: 'x\nb: 1\n", (1, 4), "never closed", "close it"),
        ("a: 'it's'\n", (1, 8), "a quote ends before", "twice"),
        ('a: "x" y\n', (1, 8), "a quote ends before", "quote all"),
        ("a: {{x}}/y\n", (1, 9), "a bracket ends before", "double quotes"),
        ("a: [1, 2\n", (1, 4), "'[' isn't closed", "quotes"),
        ("a: {b: 1\n", (1, 4), "'{' isn't closed", "quotes"),
        ("a: 1\nb\nc: 1\n", (2, 1), "neither 'key: value'", "with a space"),
        ("a: - b\n", (1, 4), "a list can't start here", "line of its own"),
        ("a:\n  b: 1\n c: 2\n", (3, 2), "neither the next key", "align"),
        ("a: |x\n", (1, 5), "on the line of its '|'", "next line"),
        ('a: "C:\\dir"\n', (1, 7), "starts an escape", "twice"),
        ("{a: 1}\nb: 1\n", (2, 1), "has ended", "too early"),
    ],
)
@pytest.mark.usefixtures("_parser")
def test_syntax_errors_name_the_cause(
    content: str, where: tuple[int, int], message: str, hint: str
) -> None:
    error = finding(content)
    assert error.code.slug == "yaml-syntax"
    assert error.span is not None
    assert (error.span.line, error.span.column) == where
    assert message in error.message
    assert hint in (error.hint or "")


# --- hostile documents -------------------------------------------


@pytest.mark.usefixtures("_parser")
def test_every_prefix_of_a_document_is_read_or_refused() -> None:
    content = (
        b"a: \"x\\u0041\"\nb: 'it''s'\nc: {d: [e, 1.5]}\nf: |\n   g\n? h\n: >-\n i\n"
        b"'j': !!str &k *k # l\n%m\n---\n...\n"
    )
    for end in range(len(content)):
        report = Report("spec.yaml")
        root = load(content[:end], report)
        assert (root is None) == report.has_errors


# --- files -------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing", "No such file"), (".", "it is a directory"), ("a\0b", "isn't valid")],
)
def test_unreadable_files_are_reported(tmp_path: Path, name: str, reason: str) -> None:
    report = Report("spec.yaml")
    assert read(tmp_path / name, report) is None
    assert [d.code.slug for d in report.diagnostics] == ["unreadable-file"]
    assert reason in report.diagnostics[0].message


def test_read_stops_behind_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"#" * (5 * MEBIBYTE))
    content = read(path, Report("spec.yaml"), SMALL)
    assert content is not None
    assert len(content) == 4 * MEBIBYTE + 1
    assert finding(content).code.slug == "file-too-large"
