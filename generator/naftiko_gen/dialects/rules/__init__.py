"""The reading rules: each module declares its own ones in `RULES`."""

from __future__ import annotations

from collections.abc import Callable

from naftiko_gen.diagnostics import Report
from naftiko_gen.dialects.rules import (
    adapters,
    authentication,
    documents,
    functions,
    ikanos,
    imports,
    inputs,
    outputs,
    parameters,
    paths,
    references,
    skills,
)
from naftiko_gen.syntax.tree import Mapping

Rule = Callable[[Mapping, Report], Mapping]

IMPORT_RULES: tuple[Rule, ...] = (ikanos.spell, *imports.RULES)
"""The rules to apply before imports are read, in this order."""

RULES: tuple[Rule, ...] = (
    *documents.RULES,
    *functions.RULES,
    *authentication.RULES,
    *paths.RULES,
    *skills.RULES,
    *adapters.RULES,
    *parameters.RULES,
    *inputs.RULES,
    *references.RULES,
    *outputs.RULES,
    ikanos.root_key,
)
"""The rules to apply after imports are read, in this order."""

ALIASES = (
    *authentication.ALIASES,
    *documents.ALIASES,
    *imports.ALIASES,
    *paths.ALIASES,
)
"""Keys that the rules read as keys of the language."""

EXTRAS = (
    *adapters.EXTRAS,
    *authentication.EXTRAS,
    *documents.EXTRAS,
    *imports.EXTRAS,
    *inputs.EXTRAS,
    *parameters.EXTRAS,
    *paths.EXTRAS,
    *skills.EXTRAS,
)
"""Other keys that the rules read."""
