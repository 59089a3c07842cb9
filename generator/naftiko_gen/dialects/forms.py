"""Keys beside those of the language: rules read them, and the schema accepts them."""

from __future__ import annotations

from typing import Any, NamedTuple

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.syntax.tree import Mapping

Fragment = dict[str, Any]
"""A part of a JSON Schema."""
DEFINITIONS = "definitions"
TEXT: Fragment = {"type": "string"}
OBJECT: Fragment = {"type": "object"}


class Alias(NamedTuple):
    """A key of models that is read as another one; that one may then be absent."""

    models: tuple[str, ...]
    alias: str
    key: str

    def read(
        self, holder: Mapping, code: Code, report: Report, word: str = ""
    ) -> Mapping:
        """Rename the key in a mapping that lacks the other one, and report it.

        `word` is the other key as the author types it, if it is spelt differently.
        """
        if self.alias not in holder or self.key in holder:
            return holder
        message = f"{quote(self.alias)} is read as {quote(word or self.key)}"
        report.add(code, message, holder.key_span(self.alias))
        return holder.rename(self.alias, self.key)


class Extra(NamedTuple):
    """A key that models don't have in the language, and the schema of its values."""

    models: tuple[str, ...]
    key: str
    fragment: Fragment
    instead: str


def reference(name: str) -> Fragment:
    """Return a reference to the definition of that name."""
    return {"$ref": f"#/{DEFINITIONS}/{name}"}


def list_of(items: Fragment) -> Fragment:
    """Return the schema of a list."""
    return {"type": "array", "items": items}
