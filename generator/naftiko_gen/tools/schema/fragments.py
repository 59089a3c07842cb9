"""Fragments and definitions of a JSON Schema."""

from __future__ import annotations

from naftiko_gen.dialects.forms import DEFINITIONS, Fragment, reference

__all__ = [
    "DEFINITIONS",
    "ROOT",
    "Fragment",
    "definition",
    "definitions",
    "deprecate",
    "reference",
]

ROOT = "Spec"
"""The name of the root schema among the definitions."""


def definition(schema: Fragment, name: str) -> Fragment:
    """Return the definition of that name itself, not a copy."""
    fragment: Fragment = schema if name == ROOT else schema[DEFINITIONS][name]
    return fragment


def definitions(schema: Fragment) -> dict[str, Fragment]:
    """Return every definition by its name, the root included."""
    return {ROOT: schema, **schema[DEFINITIONS]}


def deprecate(fragment: Fragment, instead: str) -> Fragment:
    """Return a fragment that editors accept but don't suggest, with the official form.

    There is no `deprecationMessage`: the YAML language server shows it as an error.
    """
    # In draft 7, keys beside a reference are ignored.
    base = {"allOf": [fragment]} if "$ref" in fragment else fragment
    return {
        **base,
        "description": instead,
        "deprecated": True,
        "doNotSuggest": True,
    }
