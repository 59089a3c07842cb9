"""Compiles Naftiko capability specs into Python packages that run."""

from naftiko_gen.diagnostics import Diagnostic
from naftiko_gen.layout import Layout
from naftiko_gen.pipeline import Options, Result, compile_spec

__all__ = ["Diagnostic", "Layout", "Options", "Result", "compile_spec"]
