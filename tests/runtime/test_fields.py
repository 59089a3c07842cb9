"""Selected members of answers."""

from __future__ import annotations

from typing import Any

import pytest

from case_tables import in_table, table
from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.mcp.answers import project, select

DOCUMENT = table(__file__, "document")
MEMBERS = table(__file__, "members")


@in_table
def test_arrays_are_crossed_and_parents_kept(paths: list[str], parts: Any) -> None:
    assert project(DOCUMENT, select(paths, MEMBERS, ("items",))) == parts


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
