"""Kinds of templates: their expressions in the package, and their values in its tests.

The two sides share no function: a mistake of either makes a test of the package fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import bare, fill, join, py
from naftiko_gen.emit.requests.graphql import pieces
from naftiko_gen.emit.requests.graphql_expected import expected_document
from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.ir import (
    Argument,
    ArrayTemplate,
    Constant,
    GraphQL,
    Joined,
    ObjectTemplate,
    Setting,
    StepValue,
    accepts_null,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.requests.graphql import Writer
    from naftiko_gen.ir import Input, Parameter, Placeholder, Template, Variable

# --- expressions in the package ---------------------------------


def _refuse_step(value: StepValue) -> Code:
    raise TypeError(f"only flows can refer to the step {value.step!r}")


class TemplateExpressions:
    """Writes templates as expressions.

    `argument` returns the expression of a module for a parameter or an input, `setting`
    that for a variable, `step_value` that for the answer of a step.
    """

    def __init__(
        self,
        argument: Callable[[Parameter | Input], Code],
        setting: Callable[[Variable], Code],
        step_value: Callable[[StepValue], Code] = _refuse_step,
    ) -> None:
        self._argument = argument
        self._step_value = step_value
        self._setting = setting

    def expression(self, template: Template) -> Code:
        """Return the expression of a template's value; an absent value is None."""
        match template:
            case Constant():
                return py(template.value)
            case Argument():
                return self._argument(template.source)
            case Setting():
                return self._setting(template.variable)
            case StepValue():
                return self._step_value(template)
            case GraphQL():
                return self._graphql(template)
            case Joined():
                return self._join(template)
            case ObjectTemplate():
                return self._object(template)
            case ArrayTemplate():
                return self._array(template)
            case _:
                assert_never(template)

    def _join(self, template: Joined) -> Code:
        parts = [
            py(part) if isinstance(part, str) else self.expression(part)
            for part in template.parts
        ]
        if may_be_absent(template):
            return fill("joined_if_present({})", join(", ", parts))
        return fill("joined({})", join(", ", parts))

    def _graphql(self, template: GraphQL) -> Code:
        return fill("joined({})", join(", ", map(self._piece, pieces(template))))

    def _piece(self, piece: str | tuple[Writer, Placeholder]) -> Code:
        if isinstance(piece, str):
            return py(piece)
        writer, source = piece
        return fill("{}({})", bare(writer), self.expression(source))

    def _object(self, template: ObjectTemplate) -> Code:
        members = [
            fill("{}: {}", py(key), self.expression(value))
            for key, value in template.entries
        ]
        document = fill("{{{}}}", join(", ", members))
        droppable = [py(key) for key, value in template.entries if may_be_absent(value)]
        if not droppable:
            return document
        return fill("without_absent({}, {})", document, join(", ", droppable))

    def _array(self, template: ArrayTemplate) -> Code:
        items = template.items
        if not any(map(may_be_absent, items)):
            return fill("[{}]", join(", ", map(self.expression, items)))
        if any(map(_may_be_null, items)):
            return fill("[{}]", join(", ", map(self._unpack, items)))
        return self._present(items)

    def _unpack(self, item: Template) -> Code:
        """Return an item, or the unpacking of a list that is empty if it is absent."""
        if may_be_absent(item):
            return fill("*{}", self._present((item,)))
        return self.expression(item)

    def _present(self, items: tuple[Template, ...]) -> Code:
        """Return a list from which items that are None are left out."""
        row = join(", ", map(self.expression, items))
        return fill("[item for item in [{}] if item is not None]", row)


def may_be_absent(template: Template) -> bool:
    """Return whether a template has no value if an optional argument is missing."""
    match template:
        case Argument(source=source):
            return not source.required
        case GraphQL():
            return False
        case Joined(parts=parts):
            return any(map(_makes_text_absent, parts))
        case Constant() | Setting() | StepValue() | ObjectTemplate() | ArrayTemplate():
            return False
        case _:
            assert_never(template)


def _may_be_null(template: Template) -> bool:
    """Return whether null is a value of a template, which doesn't make it absent."""
    match template:
        case Constant(value=value):
            return value is None
        case Argument(source=source):
            return source.required and accepts_null(source.type)
        case StepValue():
            return True
        case Setting() | Joined() | ObjectTemplate() | ArrayTemplate():
            return False
        case _:
            assert_never(template)


def _makes_text_absent(part: str | Placeholder) -> bool:
    """Return whether a text is absent because of one of its parts.

    A missing value of a step is null in JSON; no text can hold it.
    """
    match part:
        case Argument():
            return may_be_absent(part)
        case StepValue():
            return True
        case _:
            return False


# --- values in emitted tests -------------------------------------


@dataclass(frozen=True)
class ExpectedValues:
    """Values of templates.

    In a test, `argument` returns the value of a parameter or an input, `setting` that
    of a variable, `step_value` that of the answer of a step.
    """

    argument: Callable[[Parameter | Input], Plain]
    setting: Callable[[Variable], Plain]
    step_value: Callable[[StepValue], Plain]

    def of(self, template: Template) -> Plain:
        """Return a template's value, None if it is absent.

        Objects and arrays leave out absent members; a constant null isn't absent, nor
        is one of a step's answer.
        """
        match template:
            case Constant(value=value):
                return value
            case Argument(source=source):
                return self.argument(source)
            case Setting(variable=variable):
                return self.setting(variable)
            case StepValue():
                return self.step_value(template)
            case GraphQL():
                return expected_document(template, self.of)
            case Joined(parts=parts):
                texts = [p if isinstance(p, str) else self.of(p) for p in parts]
                return None if None in texts else "".join(map(wire_text, texts))
            case ObjectTemplate(entries=entries):
                members = ((key, part, self.of(part)) for key, part in entries)
                return {k: v for k, part, v in members if _is_present(part, v)}
            case ArrayTemplate(items=items):
                values = ((item, self.of(item)) for item in items)
                return [value for item, value in values if _is_present(item, value)]
            case _:
                assert_never(template)


def _is_present(template: Template, value: Plain) -> bool:
    return value is not None or isinstance(template, Constant | StepValue)
