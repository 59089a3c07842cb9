"""Selected members of answers."""

from __future__ import annotations

import pytest

from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.mcp.answers import project, select

DOCUMENT = {
    "total": 2,
    "items": [
        {"id": 1, "owner": {"login": "a", "mail": None}, "a.b": 1, "c\\d": 2},
        {"id": 2, "owner": None, "tags": ["x"]},
    ],
    "meta": {"next": "n", "size": 9},
}
MEMBERS = {
    "total": None,
    "items": {
        "id": None,
        "owner": {"login": None, "mail": None},
        "a.b": None,
        "c\\d": None,
        "tags": None,
        "labels": {"*": None},
    },
    "meta": {"next": None, "*": None},
}
CASES = {
    ("total",): {"total": 2},
    ("items.id",): {"items": [{"id": 1}, {"id": 2}]},
    ("items.owner.login",): {"items": [{"owner": {"login": "a"}}, {"owner": None}]},
    ("items.owner", "items.owner.login"): {
        "items": [{"owner": {"login": "a", "mail": None}}, {"owner": None}]
    },
    (r"items.a\.b", r"items.c\\d"): {"items": [{"a.b": 1, "c\\d": 2}, {}]},
    ("*.next",): {"total": 2, "items": [{}, {}], "meta": {"next": "n"}},
    ("*.id", "meta"): {
        "total": 2,
        "items": [{"id": 1}, {"id": 2}],
        "meta": {"next": "n", "size": 9},
    },
    ("items.labels.any.thing", "meta.size"): {"items": [{}, {}], "meta": {"size": 9}},
}


@pytest.mark.parametrize("paths", CASES)
def test_arrays_are_crossed_and_parents_kept(paths: tuple[str, ...]) -> None:
    assert project(DOCUMENT, select(paths, MEMBERS, ("items",))) == CASES[paths]


@pytest.mark.parametrize("path", ["", ".", "items.", "items..id", "x" * 600, "a\\"])
def test_a_text_that_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(Exception, match="fields"):
        select([path], MEMBERS, ("items",))


def test_a_name_below_the_root_is_told_with_its_path() -> None:
    for path, advice in {
        "login": r"items\.owner\.login",
        "owner.mail": r"items\.owner\.mail",
        "next": r"meta\.next",
    }.items():
        with pytest.raises(InvalidInputError, match=rf"did you mean {advice}\?$"):
            select([path], MEMBERS, ())
