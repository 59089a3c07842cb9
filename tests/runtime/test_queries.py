"""Paths in documents of XML, and their limits."""

from typing import Any

import pytest

from naftiko_runtime.outputs import shapes as limits
from naftiko_runtime.outputs.shapes import (
    at,
    below,
    either,
    equal,
    every,
    nodes,
    piece,
    where,
)
from naftiko_runtime.outputs.xml import xml_document
from naftiko_runtime.transport import Reply


def xml(text: str) -> object:
    return xml_document(Reply(200, (), text.encode()))


ONE = xml("<shelf><book id='1'><title>A</title></book></shelf>")
TWO = xml("<shelf><book id='1'><title>A</title></book><book id='2'/></shelf>")


@pytest.mark.parametrize(("document", "ids"), [(ONE, ["1"]), (TWO, ["1", "2"])])
def test_a_single_element_is_an_array_of_it(document: object, ids: list[str]) -> None:
    assert nodes(document, "book", every, "id") == ids
    assert nodes(document, "book", piece(0, 9), "id") == ids
    assert nodes(document, "book", 0, "id") == ["1"]
    books = nodes(document, "book", where(lambda node: equal(at(node, "id"), "1")))
    assert [at(node, "title") for node in books] == ["A"]


@pytest.mark.parametrize(("document", "ids"), [(ONE, ["1"]), (TWO, ["1", "2"])])
def test_a_descendant_is_found_once(document: object, ids: list[str]) -> None:
    assert nodes(document, below, "id") == ids
    assert nodes(document, below, where(lambda node: nodes(node, "id")), "id") == ids


def test_a_path_to_too_many_values_is_refused() -> None:
    wide = [[0] * 1000] * (limits.MOST // 1000 + 1)
    assert len(nodes(wide, every)) == len(wide)
    with pytest.raises(TypeError, match="fewer values"):
        nodes(wide, every, every)


SEVEN = where(lambda node: equal(node, 7))
LONG = [0] * limits.MOST
WIDE = [[0] * 1000] * (limits.MOST // 1000 + 1)


@pytest.mark.parametrize(
    ("document", "segments"),
    [
        ([*LONG, 0], (SEVEN,)),
        (LONG, (either(SEVEN, SEVEN),)),
        (WIDE, (every, SEVEN)),
        (WIDE, (where(lambda node: nodes(node, SEVEN)),)),
    ],
    ids=["long", "twice", "each", "nested"],
)
def test_filters_that_look_at_too_many_values_are_refused(
    document: object, segments: tuple[Any, ...]
) -> None:
    assert nodes(LONG, SEVEN) == []
    with pytest.raises(TypeError, match="fewer values"):
        nodes(document, *segments)


@pytest.mark.parametrize("segments", [(below, "a"), (either(*["a"] * 100),)])
def test_values_that_are_found_again_and_again_are_refused(
    segments: tuple[Any, ...],
) -> None:
    document: object = "x" * 1_000_000
    for _ in range(50):
        document = {"a": document}
    assert len(nodes(document, *["a"] * 50)) == 1
    with pytest.raises(TypeError, match="fewer values"):
        nodes(document, *segments)
