"""The marks of text that hosts of agents obey."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naftiko_gen.syntax.readable import has_command
from waiting import ending

COMMAND = re.compile(r"!`|(`{3,}|~{3,})[ \t]*!")
"""The definition, which takes long for many marks in a row."""


@given(st.text("`~! \tx\n"))
def test_a_command_is_found_wherever_a_fence_begins(text: str) -> None:
    assert has_command(text) == (COMMAND.search(text) is not None)


@pytest.mark.parametrize("mark", ["`", "~", "` ", "!", "```\t"])
def test_many_marks_are_looked_through_once(mark: str) -> None:
    with ending():
        assert not has_command(mark * 1_000_000)
