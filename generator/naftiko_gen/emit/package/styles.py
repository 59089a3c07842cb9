"""Styles of lists and objects in queries and forms, as calls of the runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from naftiko_gen.emit.literals import fill, py, verbatim
from naftiko_gen.ir import Style

if TYPE_CHECKING:
    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.literals import Code


def styled_pairs(style: Style, name: str, value: Code, imports: Imports) -> Code:
    """Return the expression of a dict: the parameters that a value becomes."""
    is_deep = style is Style.DEEP
    function = verbatim("deep_members") if is_deep else verbatim("exploded_members")
    imports.use(function)
    return fill("{}({}, {})", function, py(name), value)


def delimited(style: Style, value: Code, imports: Imports) -> Code | None:
    """Return the expression of a joined list, None if the style joins none."""
    if style.separator is None:
        return None
    imports.use("delimited_items")
    separator = "," if style is Style.COMMAS else quote(style.separator, safe="")
    return fill("delimited_items({}, {})", py(separator), value)
