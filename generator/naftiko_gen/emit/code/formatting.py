"""Lays out Python modules with Black."""

from __future__ import annotations

from functools import lru_cache

from naftiko_gen.emit.code.shape import same_python


@lru_cache(maxsize=128)
def format_module(module: str) -> str:
    """Format a module with Black, and check that only its layout has changed.

    Results are kept for programs that compile a spec again, as `--watch` does.

    Raises:
        ValueError: It isn't valid Python, or Black has changed more than its layout.
    """
    # Black takes long to import, and runs that emit nothing don't need it.
    from black import format_str
    from black.mode import Mode, TargetVersion

    mode = Mode(target_versions={TargetVersion.PY311}, line_length=88)
    layout = format_str(module, mode=mode)
    if not same_python(module.encode(), layout.encode()):
        raise ValueError("Black has changed the meaning of a module")
    return layout
