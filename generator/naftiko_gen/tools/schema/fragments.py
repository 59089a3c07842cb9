"""Parts of a JSON Schema, and how a definition gets more of them."""

from __future__ import annotations

from typing import Any

Fragment = dict[str, Any]
DEFINITIONS = "definitions"
ROOT = "Spec"
"""What the schema of the whole document is called where definitions are named."""


def reference(name: str) -> Fragment:
    """Return a fragment that is a definition of that name."""
    return {"$ref": f"#/{DEFINITIONS}/{name}"}


def definition(schema: Fragment, name: str) -> Fragment:
    """Return the definition of that name; a change of it changes the schema."""
    found: Fragment = schema if name == ROOT else schema[DEFINITIONS][name]
    return found


def definitions(schema: Fragment) -> dict[str, Fragment]:
    """Return every definition by its name, the whole document included."""
    return {ROOT: schema, **schema[DEFINITIONS]}


def deprecated(fragment: Fragment, instead: str) -> Fragment:
    """Return a fragment that is accepted but not suggested, with what to write instead.

    It has no `deprecationMessage`, which the YAML language server shows as an error.
    """
    # In draft 7, what stands beside a reference is ignored.
    held = {"allOf": [fragment]} if "$ref" in fragment else fragment
    return {
        **held,
        "description": instead,
        "deprecated": True,
        "doNotSuggest": True,
    }
