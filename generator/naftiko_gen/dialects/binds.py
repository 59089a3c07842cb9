"""Rules for `binds`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.dialects.rewriting import BINDS, rewrite_all

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.syntax.tree import Mapping

_ENVIRONMENT = ("env:", "env://", "env:///")


def environment_location(tree: Mapping, _: Report) -> Mapping:
    """Leave out the location `env://`: names are bound to the environment anyway."""

    def change(bind: Mapping) -> Mapping:
        is_environment = bind.text("location") in _ENVIRONMENT
        return bind.drop("location") if is_environment else bind

    return rewrite_all(tree, BINDS, change)
