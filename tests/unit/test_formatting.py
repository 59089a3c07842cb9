"""Modules are laid out by Black, which changes nothing but their layout."""

import black
import pytest

from naftiko_gen.emit.code.render import format_module


def test_statements_get_the_layout_of_black() -> None:
    word = "n" * 40
    assert format_module(f"x = [ 1,2 ]\ny = f({word}, {word})\n") == (
        f"x = [1, 2]\ny = f(\n    {word}, {word}\n)\n"
    )


def test_text_that_is_no_python_is_refused() -> None:
    with pytest.raises(ValueError, match=r"(?i)cannot parse"):
        format_module("x = = 1\n")


def test_another_meaning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(black, "format_str", lambda *_, **__: "x = z\n")
    with pytest.raises(ValueError, match="the meaning of a module"):
        format_module("x = y\n")
