"""Compiles Naftiko capability specs into Python packages that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from naftiko_gen.diagnostics.version import VERSION

if TYPE_CHECKING:
    from naftiko_gen.api import (
        Diagnostic,
        Layout,
        Options,
        Result,
        Severity,
        compile_spec,
    )

__version__ = VERSION

__all__ = ["Diagnostic", "Layout", "Options", "Result", "Severity", "compile_spec"]


def __getattr__(name: str) -> Any:
    """Import public names at their first use: the command line doesn't need them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from naftiko_gen import api

    return getattr(api, name)
