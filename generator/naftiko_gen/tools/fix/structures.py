"""Rewriting structures as values of parameters as the template of a body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import Edit, is_whole
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar, Sequence, walk
from naftiko_gen.syntax.yaml_writer import item_lines, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.tree import Node
    from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal

_INPUTS = "inputParameters"
_COMMENT = re.compile(r"(?:^|\s)#")


def write_body_template(context: FixContext, span: Span) -> Proposal | None:
    """Write the parameters in the body as its template; keep the other parameters."""
    structure = _at(context, span)
    body = structure.body() if structure else None
    if structure is None or body is None:
        return None
    text, indentation = context.text, " " * (structure.operation.span.column - 1)
    items = list(structure.items())
    head = [text.line(structure.entry.span.line)] if items else []
    new = [*head, *items, *(f"{indentation}{line}" for line in body)]
    if not structure.is_said_in("\n".join(new)):
        return None
    start = text.line_start(structure.entry.span.line)
    end = text.line_end(text.last_line(structure.inputs, structure.inputs.span.column))
    return (Edit(start, end, text.newline.join(new)),)


def _at(context: FixContext, span: Span) -> _Parameters | None:
    """Return the parameters around a structure, if each is on lines of its own."""
    place = context.places.keys.get(point(span))
    match place.around[-3:] if place else ():
        case (Mapping() as operation, Sequence() as inputs, Mapping()):
            entry = operation.entry(_INPUTS)
        case _:
            return None
    is_simple = not context.text.is_flow(inputs) and "body" not in operation
    is_simple = is_simple and all(map(context.is_item, inputs))
    if entry is None or not is_simple or entry.span.line == operation.span.line:
        return None
    return _Parameters(context, operation, entry, inputs)


@dataclass(frozen=True)
class _Parameters:
    """The parameters of an operation, typed and normalised."""

    context: FixContext
    operation: Mapping
    entry: Entry
    inputs: Sequence

    def _in_body(self) -> Iterator[Mapping]:
        for parameter in self.inputs:
            if isinstance(parameter, Mapping) and parameter.text("in") == "body":
                yield parameter

    # --- remaining parameters --

    def items(self) -> Iterator[str]:
        """Yield the lines of the parameters, those of the template last."""
        in_body = list(self._in_body())
        for parameter in self.inputs:
            if parameter not in in_body:
                yield from self._typed_lines(parameter)
        canonical = self.context.canonical(self.operation)
        parameters = canonical.get(_INPUTS) if canonical else None
        for parameter in parameters.items if isinstance(parameters, Sequence) else ():
            if isinstance(parameter, Mapping) and parameter.text("in") == "body":
                yield from self._declared_lines(parameter, in_body)

    def _declared_lines(
        self, declaration: Mapping, in_body: list[Mapping]
    ) -> Iterator[str]:
        mapping = self.context.typed_mapping(declaration)
        if mapping is not None and mapping in in_body and "value" not in mapping:
            yield from self._typed_lines(mapping)
            return
        plain = ((entry.key, entry.value.plain()) for entry in declaration.entries)
        fields: Fields = {k: v for k, v in plain if isinstance(v, (str, bool, int))}
        indentation = " " * (self.inputs.span.column - 1)
        yield from (f"{indentation}{line}" for line in item_lines(fields))

    def _typed_lines(self, item: Node) -> Iterator[str]:
        first = self.context.first_comment(item.span)
        last = self.context.text.last_line(item, self.inputs.span.column)
        yield from map(self.context.text.line, range(first, last + 1))

    # --- the template ---

    def body(self) -> list[str] | None:
        """Return the lines of the body; None if a value isn't simple.

        A single parameter named `body` is the whole body.
        """
        in_body = list(self._in_body())
        is_whole_body = [parameter.text("name") for parameter in in_body] == ["body"]
        lines = ["body:", "  type: json", *([] if is_whole_body else ["  data:"])]
        depth = "  " if is_whole_body else "    "
        for parameter in in_body:
            name = "data" if is_whole_body else str(parameter.text("name"))
            member = self._member(parameter, name)
            if member is None:
                return None
            lines += [f"{depth}{line}" if line else line for line in member]
        return lines

    def _member(self, parameter: Mapping, name: str) -> list[str] | None:
        value = self._value(parameter)
        if value is None:
            return None
        first, *others = value
        return [*self._comments(parameter), f"{spell(name)}:{first}", *others]

    def _comments(self, model: Mapping) -> Iterator[str]:
        """Yield the comments of a parameter, and the description of a structure."""
        text, first = self.context.text, self.context.first_comment(model.span)
        yield from (text.line(n).strip() for n in range(first, model.span.line))
        description = model.text("description")
        if description and not isinstance(model.get("value"), Scalar | None):
            yield f"# {description}"

    def _value(self, model: Mapping) -> list[str] | None:
        """Return a value as typed: the rest of its key's line, and further lines."""
        entry, text = model.entry("value"), self.context.text
        if entry is None:
            return [f" '{{{{{model.text('name')}}}}}'"]
        value, raw = entry.value, text.raw(entry.value.span)
        if isinstance(value, Scalar):
            return [f" {raw}"] if is_whole(value.typed, raw) else None
        if text.is_flow(value):
            return [f" {raw}"] if raw[-1:] in "]}" else None
        last = text.last_line(value, value.span.column)
        lines = map(text.line, range(entry.span.line + 1, last + 1))
        column = value.span.column - 1
        return ["", *(f"  {line[column:]}".rstrip() for line in lines)]

    # --- comments ----------------

    def is_said_in(self, new: str) -> bool:
        """Return whether new lines keep all comments and descriptions."""
        first, text = self.entry.span.line, self.context.text
        last = text.last_line(self.inputs, self.inputs.span.column)
        old = map(text.line, range(first, last + 1))
        comments = [match for line in old for match in _COMMENT.split(line)[1:]]
        sentences = [str(sentence) for sentence in _descriptions(self.inputs)]
        return all(sentence in new for sentence in (*comments, *sentences))


def _descriptions(root: Node) -> Iterator[object]:
    """Yield the values of `description` at any depth, whole if they are structures."""
    for part in walk(root, enter=lambda entry: entry.key != "description"):
        if isinstance(part, Entry) and part.key == "description":
            yield part.value.plain()
