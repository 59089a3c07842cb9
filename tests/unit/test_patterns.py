"""Patterns that several programs read alike, and the texts that they match."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from naftiko_gen.language.patterns import PatternError, sample_of

PIECES = [
    *("a", "Z", "7", "-", "@", " ", ".", "\\d", "\\w", "\\s", "\\D", "\\.", "\\n"),
    *("[a-z]", "[^@ ]", "[A-Z_]", "[\\d.-]", "[/]", "(a|bc)", "(?:x+y)?", "(", ")"),
    *("*", "+", "?", "{2}", "{0,3}", "{2,}", "*?", "|", "^", "$", "[", "]", "{", "\\"),
    *("(?=a)", "(?<!a)", "\\1", "\\b", "[^a-zA-Z0-9]", "é", "[]", "[z-a]", "{1000}"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_a_sample_is_a_text_that_re2_finds(pattern: str) -> None:
    try:
        sample = sample_of(pattern)
    except PatternError:
        return
    assert re2.compile(pattern).search(sample)


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        ("^97[89]-[0-9]{10}$", "978-0000000000"),
        ("^[a-z0-9]+(-[a-z0-9]+)*$", "a-a"),
        ("^$|^\\d{4}$", "0000"),
        ("^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$", "a@a.aa"),
        ("(?:EUR|USD)", "EUR"),
        ("x*?y{0}z?", "xz"),
    ],
)
def test_a_sample_is_short_and_plain(pattern: str, sample: str) -> None:
    assert sample_of(pattern) == sample


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("(?=a)b", "'?' at position 2"),
        ("(a)\\1", "'1' at position 5"),
        ("a{2", "'{' at position 2"),
        ("(a{100}){100}", "repeats more than 1000 times"),
        (".{600}.{600}", "repeats more than 1000 times"),
        ("a{600}|b{600}", "repeats more than 1000 times"),
        ("x(a{600}|b{600})", "repeats more than 1000 times"),
        ("(" * 30 + "a" + ")" * 30, "nested too deeply"),
        ("a" * 1001, "more than 1000 characters"),
        ("a*$^b", "'^' at position 4"),
        ("", "demands nothing"),
        ("[^a-zA-Z0-9 _-]", "excludes all letters"),
        ("(a", "'the end' at position 3"),
    ],
)
def test_other_patterns_are_refused(pattern: str, fault: str) -> None:
    with pytest.raises(PatternError) as error:
        sample_of(pattern)
    assert fault in str(error.value)
