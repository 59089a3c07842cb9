r"""Patterns of parameters, in the syntax that RE2, Python and ECMAScript share.

That syntax has no lookaround and no `\\u`.
"""

from __future__ import annotations

_CONTROL = r"\x00-\x1f\x7f"

SEGMENT = (
    rf"^(?:[^{_CONTROL}.]|\.[^{_CONTROL}./\\;]|\.\.[^{_CONTROL}/\\;])[^{_CONTROL}]*$"
)
"""What `segment` of `_upstream.py` accepts, and a little more.

It leaves out percent signs, and relative segments behind a slash: without lookaround
they would take ten times as much text.
"""
HEADER = r"^[\t\x20-\x7e]*$"
"""What `header_value` of `_upstream.py` accepts."""
