"""Schemas of responses, with the schemas that they refer to in place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Plain

_DEFINITIONS = "$defs"
_MOST = 10_000
"""The most values of a schema, because references may multiply them."""


def whole_schema(schema: Mapping, report: Report) -> Plain:
    """Return a schema without references; report those that can't be replaced.

    A reference is a pointer into the schema itself, such as `#/$defs/ship`.
    """
    parts = [entry for entry in schema.entries if entry.key != _DEFINITIONS]
    return _Schema(schema, report).plain(schema.with_entries(parts), ())


@dataclass
class _Schema:
    root: Mapping
    report: Report
    _values: int = field(default=0, init=False)

    def plain(self, node: Node, outer: tuple[str, ...]) -> Plain:
        """Return a part of the schema as JSON; references in `outer` lead to it."""
        self._values += 1
        match node:
            case Mapping():
                reference = node.text("$ref")
                if reference is not None:
                    return self._expand_reference(node, reference, outer)
                return {e.key: self.plain(e.value, outer) for e in node.entries}
            case Sequence():
                return [self.plain(item, outer) for item in node]
            case _:
                return node.plain()

    def _expand_reference(
        self, node: Mapping, reference: str, outer: tuple[str, ...]
    ) -> Plain:
        target = self._target(reference)
        if target is None or reference in outer or self._values > _MOST:
            message = f"the reference {quote(reference)} can't be compiled"
            hint = (
                "refer to `#/$defs/…` of the same schema, which may not contain itself"
            )
            self.report.add(Code.UNSUPPORTED, message, node.value_span("$ref"), hint)
            return {}
        value = self.plain(target, (*outer, reference))
        others = {
            entry.key: self.plain(entry.value, outer)
            for entry in node.entries
            if entry.key != "$ref"
        }
        return {"allOf": [value], **others} if others else value

    def _target(self, reference: str) -> Mapping | None:
        start, *names = reference.split("/")
        node: Node | None = self.root if start == "#" else None
        for name in names:
            key = name.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, Mapping) else None
        return node if isinstance(node, Mapping) else None
