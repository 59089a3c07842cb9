"""Long lines are formatted the same as Black formats the whole module."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from black import format_str
from black.mode import Mode, TargetVersion
from black.strings import str_width
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from naftiko_gen.emit.code import black_layout
from naftiko_gen.emit.code.formatting import format_module
from naftiko_gen.emit.code.rows import NARROW
from naftiko_gen.emit.literals import (
    docstring,
    fstring,
    py,
    py_bytes,
    py_text,
    verbatim,
)

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain

NAME = "a_name_of_many_letters"
CALL = f"{NAME}({NAME}, {NAME}, {NAME}, {NAME})"

SIMPLE = [
    f"x = {CALL}",
    f"x = {CALL}  # why",
    f"assert {CALL} == {CALL}",
    f"return {CALL}",
    f"await {CALL}.{NAME}",
    f"from {NAME} import {NAME}_1, {NAME}_2, {NAME}_3",
    f"x = lambda {NAME}: {CALL}",
    f'x: str = "{"word " * 20}"',
    f'x = {{"{"ключ" * 6}": 1, "{"値" * 15}": 2}}',
    f"x = (\n    {NAME}\n)",
    f"x = {NAME}(\n    {NAME},\n    [{NAME}],\n)",
    f"x = {NAME}(\n    {NAME}, {NAME},\n)",
    'x = (\n"one "\n"two"\n)',
    "x = [1,]",
    "x = f(1, a=[2], )",
    "x = (1,)",
    "x = y[1,]",
    'x = "[1,]"',
    f"x = 1; y = {CALL}",
]
HEADERS = [
    f"def f({NAME}: int, {NAME}_2: int = 1, *, {NAME}_3: str = '') -> None:",
    f"async def f({NAME}: int, /, {NAME}_2: int, {NAME}_3: int) -> str:",
    f"def f(\n    {NAME}: int\n) -> None:",
    "def f(a: int,) -> None:",
    f"class {NAME}({NAME}_1, {NAME}_2, {NAME}_3, {NAME}_4):",
    f"if {CALL} and {CALL}:",
    f"while not {CALL}:  # why",
    f"for {NAME} in {CALL}:",
    f"with {NAME}() as {NAME}_1, {NAME}() as {NAME}_2, {NAME}() as {NAME}_3:",
    f"async with {CALL}:",
]
PARTS = [
    f"if x:\n    pass\nelif {CALL}:\n    pass\nelse:\n    x = {CALL}",
    f"try:\n    pass\nexcept ({NAME}_1, {NAME}_2, {NAME}_3, {NAME}_4):\n    pass",
    f"match {CALL}:\n    case 1:\n        pass",
    f"match x:\n    case [{NAME}_1, {NAME}_2, {NAME}_3, {NAME}_4]:\n        pass",
    f"@{CALL}\nclass A:\n    pass",
    f'x = f("""one\n    two""", {CALL})',
    f'x = {NAME}(\n    f"""one {{x}}\n  two""", [1]\n)',
]


def black(source: str) -> str:
    mode = Mode(target_versions={TargetVersion.PY311}, line_length=88)
    return format_str(source, mode=mode)


def indented(text: str, depth: int) -> str:
    return re.sub("^(?=.)", "    " * depth, text, flags=re.MULTILINE)


def at_depth(statement: str, depth: int) -> str:
    """Return a module that holds a statement, below as many headers."""
    headers = "".join(indented("class X:\n", above) for above in range(depth))
    return f"{headers}{indented(statement, depth)}\n"


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("statement", [*SIMPLE, *PARTS])
def test_a_statement_is_formatted_at_its_depth(statement: str, depth: int) -> None:
    module = at_depth(statement, depth)
    assert format_module(module) == black(module)


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("header", HEADERS)
def test_a_header_is_formatted_without_its_body(header: str, depth: int) -> None:
    headers = "".join(indented("class A:\n", above) for above in range(depth))
    module = f"{headers}{indented(header, depth)}\n{indented('x = 1', depth + 1)}\n"
    assert format_module(module) == black(module)


@pytest.mark.parametrize(
    "settled",
    [
        "x = {'a': 1}",
        "def f(): return [ 1 ]",
        f"x = '{'y' * 82}'",
        '"""A docstring that is as its encoder left it.\n\n  More.\n"""',
        f"'{'word ' * 30}'",
    ],
)
def test_fitting_lines_and_docstrings_are_left_as_they_are(settled: str) -> None:
    module = f"{settled}\nx = [1, 2, 3]\n"
    assert format_module(module) == module


def test_a_line_of_89_columns_is_formatted() -> None:
    assert format_module(f"x = '{'y' * 83}'\n") == f'x = "{"y" * 83}"\n'


def test_narrow_characters_have_a_column_each() -> None:
    narrow = [c for c in map(chr, range(0x10000)) if re.fullmatch(NARROW, c)]
    assert len(narrow) > 900
    assert {c for c in narrow if str_width(c) != 1} == set()


def test_comments_and_blank_lines_are_left_as_they_are() -> None:
    module = f"# why\n\n\n\nx = [1]\n\n# {'why ' * 30}\ny = 1\n"
    assert format_module(module) == module


@pytest.mark.parametrize("line", [f"{CALL} = = {CALL}", f"x y = {CALL}"])
def test_long_text_that_is_no_python_is_refused(line: str) -> None:
    assert len(line) > 88
    with pytest.raises(ValueError, match=r"(?i)cannot parse"):
        format_module(f"{line}\n")


@given(st.text(max_size=120), st.text(max_size=120), st.integers(0, 30))
@settings(max_examples=150)
def test_encoders_write_fitting_lines_as_black_does(
    text: str, other: str, length: int
) -> None:
    value: Plain = [text, length, {other: [None, 1e-7 * length, -length, True]}]
    name = "n" * (length + 1)
    module = (
        f"class A:\n    {docstring(text, other, indent=4)}\n\n"
        f"    {name} = {py(text)}\n"
        f"    x = {name}({py(value)}, {py_text(other, 70, 70)})\n"
        f"    y = {fstring([text, verbatim('x'), other])}\n"
        f"    z = {py_bytes(text.encode(errors='replace'))}\n\n"
        f"    def {name}(self, {name}: str = {py(other)}) -> str:\n"
        f"        {docstring(other, indent=8)}\n"
        f"        return {name}[{py(text)}]\n"
    )
    assert format_module(module) == black(module)


NAMES = st.integers(1, 60).map(lambda length: "n" * length)
STRINGS = st.text("ab #{[(,)]}\"'\\\n", max_size=50).map(lambda text: str(py(text)))
COMMAS = st.sampled_from(["", "", ","])


def brackets(content: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return brackets with content: calls, lists, dictionaries and adjacent strings."""
    items = st.lists(content, min_size=1, max_size=4).map(", ".join)
    named = st.builds("{}={}".format, NAMES, content)
    return st.one_of(
        st.builds("{}({}{})".format, NAMES, items, COMMAS),
        st.builds("{}({}, {}{})".format, NAMES, items, named, COMMAS),
        st.builds("[{}{}]".format, items, COMMAS),
        st.builds("[({})]".format, content),
        st.builds("({},)".format, content),
        st.builds("{{{}: {}, {}: {}}}".format, STRINGS, content, STRINGS, content),
        st.builds("{{{}: {}{}}}".format, STRINGS, content, COMMAS),
        st.builds("{}({}=({} {}))".format, NAMES, NAMES, STRINGS, STRINGS),
        st.builds("{}({}, {}={}[{}])".format, NAMES, content, NAMES, NAMES, STRINGS),
        st.builds("{}({}.{}, {})".format, NAMES, NAMES, NAMES, content),
        st.builds("{{**{}({}), {}: {}}}".format, NAMES, items, STRINGS, content),
        st.builds("[*{}({}), {}]".format, NAMES, items, content),
        st.builds("{}({}, *{}({}).{}())".format, NAMES, content, NAMES, items, NAMES),
        st.builds("{}({}, {} + {}, {}={})".format, NAMES, content, *[NAMES] * 4),
        st.builds(
            "{{{}: {}({}) | None, {}: 1}}".format, STRINGS, NAMES, items, STRINGS
        ),
        st.builds("{}({}, await {}({}), 1)".format, NAMES, content, NAMES, items),
        st.builds("{}[{}]".format, NAMES, NAMES),
        st.builds("{}[{}, {}]".format, NAMES, NAMES, content),
        st.builds("{}({}, lambda {}: {})".format, NAMES, content, NAMES, content),
        st.builds("{}(lambda {}: {}({}))".format, NAMES, NAMES, NAMES, items),
        st.builds("{}({}, lambda {}: [{}])".format, NAMES, content, NAMES, items),
        st.builds("{}({}, lambda {}: ({}))".format, NAMES, content, NAMES, content),
        st.builds("{}({}, lambda {}, b: {})".format, NAMES, content, NAMES, content),
    )


STATEMENTS = [
    "x = {}",
    "return {}",
    "x = await {}",
    "{}",
    "assert x == {}",
    "assert [x.y for x in z] == {}",
    "assert (x.y, x.z()) == {}",
    "assert (x.y, x.z()) == (200, {})",
    "yield {}",
    "x.y = {}",
    "x, y = await {}",
    "x: list[Y | None] | None = {}",
    "assert (x.y, x.z()) == (200, [{}])",
    "x = Y[[], {}]",
    "x = Y[Z, A[{}], B]",
    "class A(B, {}):\n    pass",
    "with {} as x:\n    pass",
    "async with {}:\n    pass",
]
BRACKETS = st.recursive(
    st.one_of(NAMES, STRINGS, st.just("-1.5")), brackets, max_leaves=9
)


@given(
    st.sampled_from(STATEMENTS),
    BRACKETS.map(lambda inner: f"called({inner}, 1)"),
    st.integers(0, 3),
)
@settings(max_examples=200)
def test_brackets_are_split_as_black_splits_them(
    statement: str, call: str, depth: int
) -> None:
    line = statement.format(call)
    row = line.partition("\n")[0]
    assume(len(row.encode()) > 88)  # shorter ones are left as they are
    module = at_depth(line, depth)
    assert format_module(module) == black(module)


LONG = "n" * 90
ENTRIES = {
    "known": (f"Route({LONG}, c.{LONG})", 0),
    "unpacked": (f"*members({LONG}, {NAME})", 0),
    "unknown": (f"{LONG} + {NAME}", 1),
}
"""Entries of a table, and how many of them Black has to lay out."""


@pytest.mark.parametrize("kind", ENTRIES)
def test_black_is_given_the_entries_whose_form_is_unknown(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules: list[str] = []
    format_with_black = black_layout.format_with_black

    def count(module: str, width: int) -> str:
        modules.append(module)
        return format_with_black(module, width)

    monkeypatch.setattr(black_layout, "format_with_black", count)
    entry, expected = ENTRIES[kind]
    routes = ", ".join([f"Route({NAME}, {NAME})"] * 20)
    module = f"TABLE = [{routes}, {entry}, {routes}]\n"
    assert format_module(module) == black(module)
    assert len(modules) == expected
    assert all(len(statement) < 2 * len(entry) for statement in modules)


@pytest.mark.parametrize("length", range(70, 95))
def test_docstrings_of_about_a_line_are_as_black_writes_them(length: int) -> None:
    words = f"{'x' * 40} {'y' * (length - 41)}"
    module = f"def f():\n    {docstring(words, indent=4)}\n"
    assert black(module) == module
