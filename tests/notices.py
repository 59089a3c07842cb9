"""Notices of a package's command as a terminal shows them."""

import re

PREFIX = re.compile(
    r"^\d{4}-\d\d-\d\dT[\d:.]+Z [A-Z]+:[^\s:]+:(?![\w.]+:\S)", re.MULTILINE
)
"""The time, level and capability of a notice that no terminal shows."""


def plain_text(text: str) -> str:
    """Return a log whose notices are plain text."""
    return PREFIX.sub("", text)
