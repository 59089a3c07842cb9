"""Text is coloured on terminals, unless the user or the environment says otherwise."""

import io
from collections.abc import Mapping

import pytest

from naftiko_gen.diagnostics.rendering import has_colors


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "on_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"CLICOLOR": "0"}, False, False),
        ({"CLICOLOR": "1"}, True, False),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
    ids=str,
)
def test_the_environment_is_respected(
    variables: Mapping[str, str], *, on_terminal: bool, elsewhere: bool
) -> None:
    assert has_colors(Terminal(), "auto", variables) is on_terminal
    assert has_colors(io.StringIO(), "auto", variables) is elsewhere


def test_the_command_line_wins() -> None:
    assert has_colors(io.StringIO(), "always", {"NO_COLOR": "1"})
    assert not has_colors(Terminal(), "never", {"FORCE_COLOR": "1"})
