"""JSONPaths, compiled: they find the values of RFC 9535, and others are refused."""

from contextlib import suppress
from importlib import import_module
from typing import Any

import jsonpath_rfc9535
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from naftiko_gen.emit.answers.queries import NAMES, QueryWriter
from naftiko_gen.emit.literals import verbatim
from naftiko_gen.emit.runtime.names import MODULES
from naftiko_gen.language.json_paths import MOST, PathError, query

NAMESPACE: dict[str, Any] = {
    name: getattr(import_module(f"naftiko_runtime.{MODULES[name]}"), name)
    for name in NAMES
    if name in MODULES
}

KEYS = ["a", "b", "c d", "é", "length"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from([0.5, 1.0, -1.5]),
    st.sampled_from(["", "a", "ab", "b\r", "x\ny"]),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    ),
    max_leaves=12,
)
NAMED = st.sampled_from([".a", ".b", "['c d']", '["\\u00e9"]', "['a']", "[0]", "[-1]"])
INDEXES = st.sampled_from(["0", "1", "-1", "-3", "7"])
BOUND = st.sampled_from(["", "0", "1", "-1", "-3", "5"])
SLICES = st.builds(
    "{}:{}:{}".format, BOUND, BOUND, st.sampled_from(["", "1", "2", "-1"])
)
SINGULAR = st.lists(NAMED, max_size=2).map("".join)
LITERALS = st.sampled_from(["1", "-1", "0.5", "1e0", "'a'", '"ab"', "true", "null"])


def conditions(
    queries: st.SearchStrategy[str], starts: list[str]
) -> st.SearchStrategy[str]:
    """Return conditions whose queries are of a strategy, or singular."""
    own = st.builds("{}{}".format, st.sampled_from(starts), SINGULAR)
    value = st.one_of(
        own,
        LITERALS,
        st.builds("length({})".format, own),
        # The library takes no path without segments.
        st.builds("count(@.a{})".format, queries),
        st.builds("count(@[*]{})".format, queries),
        st.builds("value(@[:1]{})".format, queries),
    )
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    patterns = st.sampled_from(["a.*", "a|b.", "[^a]", "x.y", "(ab)?"])
    functions = st.sampled_from(["match", "search"])
    # The library tests the value itself if a path has no segments.
    filters = queries.filter(bool)
    basic = st.one_of(
        st.builds("{} {} {}".format, value, operators, value),
        filters.map("@{}".format),
        st.builds("{}(@{}, '{}')".format, functions, SINGULAR, patterns),
        filters.map("!@{}".format),
    )
    return st.recursive(
        basic,
        lambda inner: st.one_of(
            st.builds("({} && {})".format, inner, inner),
            st.builds("({} || {})".format, inner, inner),
            st.builds("!({})".format, inner),
            st.builds("{} && {}".format, inner, inner),
        ),
        max_leaves=3,
    )


def segments(depth: int = 1) -> st.SearchStrategy[str]:
    inner = segments(depth - 1) if depth else SINGULAR
    # The library takes another value for `$` in a filter inside a filter.
    starts = ["@", "$"] if depth else ["@"]
    plain = st.one_of(st.sampled_from(["'a'", "'c d'", "*"]), INDEXES, SLICES)
    a_filter = st.builds("?{}".format, conditions(inner, starts))
    # The library reads no selectors behind a filter that calls a function.
    several = st.builds(
        "{}{}".format,
        st.lists(plain.map("{}, ".format), max_size=2).map("".join),
        st.one_of(plain, a_filter),
    )
    brackets = several.map("[{}]".format)
    segment = st.one_of(NAMED, st.sampled_from([".*", "[*]"]), brackets)
    return st.lists(segment, max_size=3).map("".join)


DESCENTS = st.sampled_from(["", "..a", "..*", "..[0]", "..[?@.a]", "..['a', 1:]"])
PATHS = st.builds("${}{}{}".format, segments(), DESCENTS, segments())


def find(path: str, document: object) -> list[Any]:
    """Return the results of a path as a package computes them."""
    code = QueryWriter(verbatim("answer")).expression(query(path))
    results: list[Any] = eval(code, {**NAMESPACE, "answer": document})  # noqa: S307
    return results


@settings(max_examples=400)
@given(PATHS, DOCUMENTS)
@example("$[?@.a == @.b]", [{}, {"a": None}, {"a": None, "b": None}])
@example("$[?@.a == 1]", [{"a": True}, {"a": 1.0}])
@example("$[?match(@, 'b.')]", ["b\r", "bb"])
@pytest.mark.slow
def test_a_compiled_path_finds_the_values_of_the_standard(
    path: str, document: Any
) -> None:
    expected = jsonpath_rfc9535.find(path, document).values()
    assert find(path, document) == expected


def test_a_path_without_segments_exists() -> None:
    assert find("$[?@]", [0, None, False]) == [0, None, False]


def test_the_root_in_an_inner_filter_is_the_whole_document() -> None:
    document = {"b": 1, "c": [{"a": 1}]}
    assert find("$[?@[?@.a == $.b]]", document) == [[{"a": 1}]]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("$", "$"),
        ("$.", "$."),
        ("a.b", "$.a.b"),
        ("@.a", "$.a"),
        ("{{$.a[-1]}}", "$.a[-1]"),
        ("$.[0]", "$.[0]"),
        ("$.a b.c", "$.a b.c"),
        ("$.@id", "$.@id"),
        ("$.a[?(@.b)]", "$.a[?(@.b)]"),
        ('$["a\\"b"]', '$["a\\"b"]'),
    ],
)
def test_other_spellings_are_read(path: str, text: str) -> None:
    assert query(path).text == text


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("$.a.", "unexpected end"),
        ("$.a.length()", "found '('"),
        ("$[?@.a =~ /b/]", "'='"),
        ("$[(@.length-1)]", "'('"),
        ("$[?@..a]", "'..' inside a filter"),
        ("$[?count($.*) > 1]", "'$' leads through names and indexes only"),
        ("$[?@.* == 1]", "non-singular"),
        ("$[?match(@.a, @.b)]", "the pattern of match() must be a text"),
        ("$[?match(@.a, '(?=a)')]", "the pattern of match(): '?' at position 2"),
        ("$[?sum(@.a) > 1]", "'sum' is not defined"),
        ("$[?count(1) > 1]", "count() argument 0"),
        ("$[?1]", "must be compared"),
        ("$[?!@.a == 1]", "'!' stands before"),
        ("$[01]", "leading zero"),
        ("$[1000000000]", "too large"),
        (f"$[{'9' * 5_000}]", "too large"),
        (f"$[?@.a == {'9' * 400}]", "too large"),
        ("$[?@.a == 1e999]", "too large"),
        ("$[?@.a == -01]", "leading zero"),
        ("$['\\ud800']", "incomplete escape"),
        ("$" + ".a" * (MOST + 1), "more than 100 parts"),
        ("$[?" + "!(" * 30 + "@.a" + ")" * 30 + "]", "nested too deeply"),
        ("$[?" + "(" * 3_000 + "@.a" + ")" * 3_000 + "]", "nested too deeply"),
        ("$a", "found 'a'"),
        ("." * 10_001, "more than 10000 characters"),
    ],
)
def test_other_paths_are_refused(path: str, fault: str) -> None:
    with pytest.raises(PathError) as error:
        query(path)
    assert fault in str(error.value)


@given(st.text("$@.[]()*?'\"\\&|!<>=:,-+ab019 {}", max_size=30))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    with suppress(PathError):
        query(text)
