"""Compiles Naftiko capability specs into Python packages that run."""

from naftiko_gen.api import (
    Diagnostic,
    Layout,
    Options,
    Result,
    Severity,
    compile_spec,
)

__all__ = ["Diagnostic", "Layout", "Options", "Result", "Severity", "compile_spec"]
