"""JSON paths that lead to any number of values (RFC 9535), as packages read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naftiko_gen.emit.code.imports import Imports
from naftiko_gen.emit.literals import verbatim
from naftiko_gen.emit.package.selections import Selections
from naftiko_gen.emit.tests.selections import selected
from naftiko_gen.language.expressions import json_path
from naftiko_runtime.outputs import filters, selections
from naftiko_runtime.outputs.selections import (
    CHILD,
    Descendants,
    Where,
    select_all,
    select_first,
)

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain

NAMES = ("a", "b")
LEAVES = st.sampled_from([None, True, False, 0, 1, 1.0, 2, "", "a", "b"])
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=2)
    ),
    max_leaves=25,
)
PATHS_IN_FILTERS = ("@", "@.a", "@['b'][0]", "@[-1]", "$", "$.a")
CONSTANTS = ("1", "1.0", "-2", "'a'", "true", "null")
OPERANDS = st.sampled_from((*PATHS_IN_FILTERS, *CONSTANTS, "length(@)", "length(@.a)"))
COMPARISONS = st.builds(
    " ".join,
    st.tuples(OPERANDS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), OPERANDS),
)
TESTS = st.recursive(
    COMPARISONS | st.sampled_from(["@.a", "@['b']", "!$.a"]),
    lambda inner: (
        st.builds("({})".format, inner)
        | st.builds("!({})".format, inner)
        | st.builds("{} && {}".format, inner, inner)
        | st.builds("{} || {}".format, inner, inner)
    ),
    max_leaves=4,
)
SELECTORS = st.sampled_from(
    ["'a'", "'b'", "0", "-1", "*", ":2", "-2:", "::-1", "::2", "5:0:-2"]
) | st.builds("?{}".format, TESTS)
BRACKETS = st.builds(
    "[{}]".format, st.lists(SELECTORS, min_size=1, max_size=3).map(",".join)
)
SEGMENTS = (
    BRACKETS
    | st.builds("..{}".format, BRACKETS)
    | st.sampled_from([".a", ".b", ".*", "..a", "..*"])
)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map(
    lambda parts: "$" + "".join(parts)
)


def compiled(path: str, document: Plain) -> object:
    """Return the values that the emitted expression selects."""
    segments = json_path(path)
    assert segments is not None, path
    code = Selections(Imports("naftiko_runtime")).all(verbatim("document"), segments)
    names = {**vars(filters), **vars(selections), "document": document}
    result: object = eval(str(code), names)  # noqa: S307
    return result


@given(PATHS, DOCUMENTS)
def test_expressions_select_what_the_path_says(path: str, document: Plain) -> None:
    segments = json_path(path)
    assert segments is not None
    # `repr` tells 1, 1.0 and True apart.
    assert repr(compiled(path, document)) == repr(selected(document, segments))


def test_the_first_value_may_be_missing() -> None:
    assert select_first([1, 2], slice(1, None)) == 2
    assert select_first([1, 2], slice(2, None)) is None


def test_an_absent_value_is_not_null() -> None:
    document = [{"a": None}, {}]
    is_null = filters.Compare(filters.Reference("a"), "==", None)
    exists = filters.Exists(filters.Reference("a"))
    assert select_all(document, Where(is_null)) == [{"a": None}]
    assert select_all(document, Where(filters.Not(exists))) == [{}]


@pytest.mark.parametrize(
    "path",
    [
        (Descendants(CHILD),),
        (("a",) * 100, ("a",) * 100, ("a",) * 100),
        (("a",) * 1_000, Where(filters.Compare(1, "==", 2))),
    ],
)
def test_too_many_values_are_refused(path: tuple[selections.Selector, ...]) -> None:
    document: dict[str, object] = {"b": [0] * 1_000, "c": [[0] * 1_000] * 300}
    document["a"] = document
    if not isinstance(path[0], Descendants):
        document["a"] = {"a": {"a": 1}} if len(path) == 3 else [0] * 1_000
    else:
        del document["a"]
    with pytest.raises(TypeError, match="at most 200000 values"):
        select_all(document, *path)
