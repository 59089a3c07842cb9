"""Modules that look the same outside of literals are the same to Python, too."""

import io
import re
import tokenize
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naftiko_gen.emit.code.shape import is_python, same_code, same_python
from naftiko_gen.emit.runtime.source import runtime_root

LITERALS = [
    *("''", '""', '"x"', "'x'", '"\\""', "'\\''", '"#"', "'\"'", '"é\\\\"', "b'x'"),
    *('""""""', '"""x"""', '"""x"y"" z"""', '"""x\\"""" """', '"""x\ny"""'),
    *("''''''", "'''x'''", "'''x\"\n'''", 'r"x"', 'rb"\\""', 'br"x"', 'B"x"', 'u"x"'),
    *('f"x"', 'f""', 'f"{x}"', 'f"{x}y"', 'f"y{x}z"', 'f"{x!r}"', "f'{x}'", 'fr"x"'),
    *('f"{{x}}"', 'f"{{{x}}}"', 'f"{x:{y}}"', "f\"{x['y']}\"", 'f"\\x20"', 'F"{x}"'),
    *('"x" "y"', '("x")', '"x" + "y"', '"x", "y"', '"x" # y', '"x"\n"y"', "1", "-1"),
]
ATTEMPTS = [
    *('"x"; y()#"', '"x\\"; y()#"', '"x"""; y()#"', "'x'; y()#'", '"x" or y() or "x"'),
    *('"x\ny()"', '"x\ry()"', '"x" # \ry()', '"x" # \ny()', "x", "y()", '"', "'", "#"),
    *(
        'f"{y()}"',
        'f"{"',
        'f"{\'}"',
        'f"{y(")")}"',
        't"{x}"',
        'x"y"',
        "\\",
        '"\\',
        '""x',
    ),
    *('"x"\\\n"y"', '"x"\ufeff', '"x"\x0c', '"x"\x00', '"""x', "'''x", '"x" \x0by()'),
]
MODULES = ("x = {}\n", "x = {} # y\ny()\n", 'f({}, "x", y=b"x")\n', "if x:\n    {}\n")


@pytest.mark.parametrize("module", MODULES)
def test_modules_of_the_same_code_have_one_shape(module: str) -> None:
    pairs = product([*LITERALS, *ATTEMPTS], LITERALS)
    same = [
        (module.format(first), module.format(second))
        for first, second in pairs
        if same_code(module.format(first), module.format(second))
        and _is_module(module.format(first))
    ]
    assert len(same) > len(LITERALS)
    for first, second in same:
        assert same_python(first.encode(), second.encode()), (first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('x = "a" # why', "x = 'b' # no"),
        ('"""One.\n\n"Two" \\"""."""', '"""X."""'),
        ('f(b"\\xff", "#\'")', 'f(b"x", "x")'),
        ('f"/a/{x}/b"', 'f"x{x}x"'),
        ('x = """"""', 'x = """x"""'),
    ],
)
def test_literals_and_comments_may_differ(first: str, second: str) -> None:
    assert same_code(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('"a"', 'b"a"'),
        ('"a" "b"', '"a"'),
        ('f"{a}"', 'f"{b}"'),
        ('f"{a}"', 'f"x{a}"'),
        ('f"{a}"', '"{a}"'),
        ("1", "2"),
        ('"a"; b()', '"a"'),
        ("f(a, # b\n)", 'f(a, "b"\n)'),
        # Where these end takes more to know than is known here.
        ('f"{a["b"]}"', 'f"{a["b"]}"'),
        ('r"\\"', 'r"\\"'),
        ('"a', '"a'),
        ('"a" # \ra()', '"a" # a'),
    ],
)
def test_other_differences_show(first: str, second: str) -> None:
    assert not same_code(first, second)


PIECES = [
    *(
        '"',
        "'",
        '"""',
        "'''",
        "\\",
        "#",
        "\n",
        "\r",
        " ",
        "b",
        "r",
        "x",
        ";",
        "+",
        "(",
        ")",
    ),
    *('"x"', "'y'", "\\\n", '\\"', "é", "=", ","),
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=1_500)
def test_literals_end_where_they_end_to_python(text: str) -> None:
    if same_code(text, text) and _is_module(text):
        assert same_code(text, "".join(_with_others(text)))


def test_literals_of_real_modules_end_where_they_end_to_python() -> None:
    for path in _modules():
        text = path.read_text("utf-8")
        assert not same_code(text, text) or same_code(
            text, "".join(_with_others(text))
        ), path


def _modules() -> Iterator[Path]:
    yield from runtime_root().rglob("*.py")
    yield from Path(tokenize.__file__).parent.glob("[a-h]*.py")


def _is_module(text: str) -> bool:
    try:
        return is_python(text.encode())
    except (SyntaxError, ValueError):
        return False


def _with_others(text: str) -> Iterator[str]:
    """Yield the text with each literal and comment replaced where Python sees it."""
    rows = [0, *(mark.end() for mark in re.finditer("\n", text))]
    end = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT):
            yield text[end : rows[token.start[0] - 1] + token.start[1]]
            yield _other(token)
            end = rows[token.end[0] - 1] + token.end[1]
    yield text[end:]


def _other(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.COMMENT:
        return "#"
    prefix = re.match("[A-Za-z]*", token.string)
    assert prefix
    return token.string if "f" in prefix[0].lower() else f"{prefix[0]}'x'"
