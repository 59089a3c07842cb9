"""The emit stage: a capability becomes the files of a package; its templates."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


@cache
def template_root() -> Path:
    """Return the directory of the templates, in the installed package or a checkout."""
    directory = _PACKAGE / "templates"
    return directory if directory.is_dir() else _PACKAGE.parents[1] / "templates"
