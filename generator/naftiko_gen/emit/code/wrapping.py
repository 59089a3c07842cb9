"""Wraps statements that don't fit on a row, like Black.

Black is asked only about statements, and entries of tables, that `bracket_layout.py`
doesn't know.
"""

from __future__ import annotations

from naftiko_gen.emit.code.black_layout import layout_of_black
from naftiko_gen.emit.code.bracket_layout import lay_out


def wrap(statement: str, width: int) -> str:
    """Wrap a statement, or the header of a compound one, to a width.

    Raises:
        ValueError: It isn't valid Python.
    """
    laid_out = lay_out(statement, width)
    return layout_of_black(statement, width) if laid_out is None else laid_out
