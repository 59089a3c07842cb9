"""Modules that look the same outside of literals are the same to Python, too."""

import pytest

from naftiko_gen.emit.code.shape import same_python


def is_same(first: str, second: str) -> bool:
    try:
        return same_python(first.encode(), second.encode())
    except (SyntaxError, ValueError):
        return False


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('x = "a" # why', "x = 'b' # no"),
        ('"""One.\n\n"Two" \\"""."""', '"""X."""'),
        ('f(b"\\xff", "#\'")', 'f(b"x", "x")'),
        ('f"/a/{x}/b"', 'f"x{x}x"'),
        ('x = """"""', 'x = """x"""'),
        ('"a" "b"', '"a"'),
        ("1", "2"),
    ],
)
def test_literals_comments_and_layout_may_differ(first: str, second: str) -> None:
    assert is_same(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('"a"', 'b"a"'),
        ('f"{a}"', 'f"{b}"'),
        ('f"{a}"', 'f"x{a}"'),
        ('f"{a}"', '"{a}"'),
        ('"a"; b()', '"a"'),
        ('"a" or b()', '"a"'),
        ("f(a, # b\n)", 'f(a, "b"\n)'),
        ('"a" # \ra()', '"a" # a'),
        ('"a"\nb()', '"a"'),
        ("None", "True"),
        # Text that is no module, or whose names Python refuses.
        ('"a', '"a'),
        ("def f(a, a): ...", "def f(a, a): ..."),
        ('"a\0"', '"a\0"'),
        ('# coding: utf-7\n"a"', '"a"'),
    ],
)
def test_other_differences_show(first: str, second: str) -> None:
    assert not is_same(first, second)
