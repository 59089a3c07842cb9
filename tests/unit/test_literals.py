import ast
import json
import math
import runpy
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from black import format_str
from black.mode import Mode, TargetVersion
from hypothesis import given
from hypothesis import strategies as st

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.literals import (
    Code,
    bare,
    docstring,
    fill,
    fstring,
    fstring_text,
    header_name,
    join,
    json_text,
    markdown,
    markdown_code,
    py,
    py_bytes,
    py_text,
    toml,
    url_path,
    verbatim,
    yaml_string,
)
from naftiko_gen.syntax.readable import is_readable

ANY_TEXT = st.text(st.characters(exclude_categories=()))
LINES = st.text(
    st.sampled_from("ab .,!?:'\"\\`>#()[]{}<|*_-=+~@$&\n\r\t\x07é—🎉\u202e"),
    max_size=400,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=20,
)
FINITE_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | LINES,
    lambda inner: st.lists(inner) | st.dictionaries(LINES, inner),
    max_leaves=20,
)


def black(source: str) -> str:
    mode = Mode(target_versions={TargetVersion.PY311}, line_length=88)
    return format_str(source, mode=mode)


def evaluate(code: Code) -> object:
    return ast.literal_eval(str(code))


# --- code --------------------------------------------------------


def test_code_can_not_be_made_without_a_twin() -> None:
    code = py("evil")
    for operation in (
        lambda: code + "x",
        lambda: "x" + code,
        lambda: code % (),
        lambda: code * 2,
        lambda: code[0],
        code.upper,
        lambda: code.join(["x"]),
        code.format,
        lambda: code.replace("x", "y"),
        code.split,
    ):
        with pytest.raises(TypeError):
            operation()


def test_formatting_code_forgets_that_it_is_code() -> None:
    assert type(f"{py('evil')}") is str


def test_putting_fragments_together_keeps_their_twins() -> None:
    pair = fill("{}: {{{}}}", verbatim("x"), py("evil"))
    assert (str(pair), pair.twin) == ('x: {"evil"}', 'x: {"x"}')

    row = join(", ", [py("a"), py(1)])
    assert (str(row), row.twin) == ('"a", 1', '"x", 1')


def test_a_bare_word_is_nothing_else() -> None:
    assert bare("training-runs_2.0") == "training-runs_2.0"
    for word in ("", "a b", "a\n", "é", "$x", "a/b"):
        with pytest.raises(ValueError, match="not a bare word"):
            bare(word)


# --- Python ------------------------------------------------------


@given(JSON)
def test_python_literals_evaluate_to_their_values(value: Plain) -> None:
    if not _has_infinity(value):
        assert evaluate(py(value)) == value
    assert str(py(value)).isprintable()
    ast.parse(py(value).twin)


def _has_infinity(value: Plain) -> bool:
    match value:
        case float():
            return math.isinf(value)
        case list():
            return any(map(_has_infinity, value))
        case dict():
            return any(map(_has_infinity, value.values()))
        case _:
            return False


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ('say "hi"', "'say \"hi\"'"),
        ("it's", '"it\'s"'),
        ("a\\b\n", r'"a\\b\n"'),
        ("naïve — 🎉", '"naïve — 🎉"'),
        ("\u202e\ufe0f\u200b\u3164", r'"\u202e\ufe0f\u200b\u3164"'),
        ("\x7f\xad\U0001fae8", r'"\x7f\xad\U0001fae8"'),
        ("\ud83d\ude00", r'"\ud83d\ude00"'),
        (1e16, "1e16"),
        (True, "True"),
        ({}, "{}"),
        (math.inf, 'float("inf")'),
    ],
)
def test_python_literals_are_readable(value: Plain, literal: str) -> None:
    assert py(value) == literal


def test_integers_of_any_size_are_exact() -> None:
    for value in (10**5000, -(10**5000), 2**53 + 1):
        assert evaluate(py(value)) == value


def test_the_twin_of_a_mapping_has_as_many_keys() -> None:
    assert py({"a": ["b"], "c": {}}).twin == '{"x0": ["x"], "x1": {}}'


@given(st.binary())
def test_bytes_literals_evaluate_to_their_bytes(content: bytes) -> None:
    assert evaluate(py_bytes(content)) == content


@given(LINES, st.integers(0, 80))
def test_wrapped_text_is_the_same_text(text: str, width: int) -> None:
    assert evaluate(py_text(text, width, width)) == text


def test_an_fstring_is_text_around_expressions(tmp_path: Path) -> None:
    path = fstring(["/{runs}/", verbatim("run_id"), "/'\"\\\n"])
    module = tmp_path / "module.py"
    module.write_text(f"run_id = 'a/b'\npath = {path}\n", encoding="utf-8")
    assert runpy.run_path(str(module))["path"] == "/{runs}/a/b/'\"\\\n"


@pytest.mark.parametrize("expression", ["x!r", "x:>9", 'f("")', "x\\", "{x}", "x=", ""])
def test_an_fstring_refuses_text_that_would_end_its_hole(expression: str) -> None:
    with pytest.raises(ValueError, match="not an expression"):
        fstring([Code(expression, expression)])


def test_a_header_shows_a_harmless_name() -> None:
    assert header_name("a b.yaml") == "a_b.yaml"
    assert header_name("\n# coding: utf-7\r.yml") == "___coding__utf-7_.yml"
    assert header_name("日é🎉.yaml") == "___.yaml"


# --- docstrings --------------------------------------------------


@given(LINES, LINES, st.sampled_from([0, 4, 8]))
def test_docstrings_have_the_same_words(first: str, second: str, indent: int) -> None:
    value = evaluate(docstring(first, second, indent=indent))
    assert isinstance(value, str)
    # A full stop may be added, and a backslash before a word like ">>>".
    table = str.maketrans("", "", ".\\")
    words = f"{first}\n{second}".translate(table).split()
    assert value.translate(table).split() == words or not words
    assert not any(line.strip().startswith(">>>") for line in value.splitlines())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cancel a run", ['"""Cancel a run."""']),
        ("", ['"""Undocumented."""']),
        (
            "Cancel a run, e.g. now. It is\ngone.",
            ['"""Cancel a run, e.g. now.', "", "    It is gone.", '    """'],
        ),
        ("Is it?\n \nYes", ['"""Is it?', "", "    Yes", '    """']),
        (
            "word " * 20,
            ['"""' + "word " * 15 + "word", "    word word word word.", '    """'],
        ),
        ('say "hi"', ['"""say "hi"."""']),
        ('"hi"', ['""" "hi"."""']),
        ('a """ b\\', [r'"""a \"\"\" b\\."""']),
        ("a\x07\u202e", [r'"""a\x07\u202e."""']),
        (">>> exit()", [r'"""\\>>> exit()."""']),
    ],
)
def test_docstrings_begin_with_a_sentence(text: str, expected: list[str]) -> None:
    assert str(docstring(text, indent=4)).split("\n") == expected


# --- documents ---------------------------------------------------


@given(st.text())
def test_toml_strings_are_read_back(text: str) -> None:
    assert tomllib.loads(f"a = {toml(text)}\nb = {toml((text, text))}") == {
        "a": text,
        "b": [text, text],
    }


@given(st.text())
def test_yaml_strings_are_read_back(text: str) -> None:
    scalar = yaml_string(text)
    assert all(map(is_readable, scalar))
    assert yaml.safe_load(f"a: {scalar}") == {"a": text}


@pytest.mark.parametrize("encode", [toml, yaml_string])
def test_a_lone_surrogate_is_replaced(encode: Callable[[str], Code]) -> None:
    assert str(encode("a\ud800b")) == r'"a\ufffdb"'


@given(FINITE_JSON)
@pytest.mark.slow
def test_json_is_read_back(value: Plain) -> None:
    document = json_text(value)
    assert json.loads(document) == value
    assert document.isascii()
    assert "<" not in document


def test_json_has_no_infinity() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text([math.inf])


# --- Markdown ----------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("# a\n- b", r"\# a - b"),
        ("- a", r"\- a"),
        ("> a", r"\> a"),
        ("12. a", r"12\. a"),
        ("<b>&lt;", r"\<b>\&lt;"),
        ("![a](b)", r"!\[a\](b)"),
        ("!`rm`", r"!\`rm\`"),
        ("@me $HOME a|b", r"&#64;me &#36;HOME a\|b"),
        ("$top a@b.c", r"\$top a\@b.c"),
        ("https://a.example www.a.example", r"https\://a.example www\.a.example"),
        ("_a_ *b* ~c~ \\", r"\_a\_ \*b\* \~c\~ &#92;"),
        ("a\u202e\u200b b", "a b"),
        ("\u200b - a", r"\- a"),
    ],
)
def test_markup_in_prose_loses_its_meaning(text: str, code: str) -> None:
    assert str(markdown(text)) == code


@given(LINES)
def test_prose_is_shown_as_it_was_written(text: str) -> None:
    markdown_it = pytest.importorskip("markdown_it", reason="needs markdown-it-py")
    parser = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    visible = ("".join(filter(is_readable, word)) for word in text.split())
    expected = " ".join(filter(None, visible))
    for tokens, rest in (
        (parser.parse(f"{markdown(text)}\n"), 0),
        (parser.parse(f"# {markdown(text)}\n"), 0),
        (parser.parse(f"|a|b|\n|-|-|\n|{markdown(text)}|x|\n"), 2),
    ):
        inline = [token for token in tokens if token.type == "inline"]
        children = inline[rest].children if inline else []
        assert {token.type for token in children} <= {"text", "text_special"}
        assert "".join(token.content for token in children) == expected


@given(LINES, st.booleans())
def test_code_is_shown_as_it_was_written(text: str, table: bool) -> None:
    markdown_it = pytest.importorskip("markdown_it", reason="needs markdown-it-py")
    parser = markdown_it.MarkdownIt("commonmark").enable("table")
    span = markdown_code(text, table=table)
    source = f"|a|b|\n|-|-|\n|{span}|x|\n" if table else f"a {span}"
    inline = [token for token in parser.parse(source) if token.type == "inline"]
    first, *others = [
        t for t in inline[2 if table else 0].children if t.content != "a "
    ]
    assert first.type in {"code_inline", "html_inline"}
    assert {token.type for token in others} <= {"text", "text_special", "html_inline"}
    assert "!`" not in span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("", "` `"),
        ("a\n\nb\u202e", r"`a b\u202e`"),
        ("wow!", "<code>wow&#33;</code>"),
        ("!`rm`", "<code>&#33;&#96;rm&#96;</code>"),
    ],
)
def test_a_code_span_can_not_be_left(text: str, span: str) -> None:
    assert str(markdown_code(text)) == span


# --- URIs --------------------------------------------------------


def test_a_path_is_percent_encoded() -> None:
    assert url_path("/v1/a b/{c}%2F?é#") == "/v1/a%20b/%7Bc%7D%2F%3F%C3%A9%23"
    assert url_path("/100%/%zz/%c3%A9%") == "/100%25/%25zz/%c3%A9%25"
    assert url_path("/a-._~!$&'()*+,;=:@") == "/a-._~!$&'()*+,;=:@"
    assert url_path("\ud800") == "%3F"


# --- the table of readable characters ----------------------------


@pytest.mark.skipif(
    unicodedata.unidata_version != "14.0.0", reason="the table is of Unicode 14.0"
)
@pytest.mark.slow
def test_readable_characters_are_those_of_unicode_14() -> None:
    unseen = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\ufffd"
    unseen += "\u180b\u180c\u180d\u180f\U00016fe4\U0001d159"
    selectors = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
    exclusions = selectors | {ord(character) for character in unseen}
    for code_point in range(0x110000):
        printable = chr(code_point).isprintable() and code_point not in exclusions
        assert is_readable(chr(code_point)) == printable


def test_a_long_fstring_is_split_before_expressions(tmp_path: Path) -> None:
    parts = ["/{runs}/", verbatim("run"), "/pages/", verbatim("page"), "/lines"]
    path = str(fstring_text(parts, 26))
    module = tmp_path / "module.py"
    module.write_text(f"run = page = 'x'\npath = {path}\n", encoding="utf-8")

    assert len(path.splitlines()) > 3
    assert all(len(line) <= 26 for line in path.splitlines())
    assert runpy.run_path(str(module))["path"] == "/{runs}/x/pages/x/lines"
