"""IR values as Python expressions of the emitted modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import bare, fill, join, py, verbatim
from naftiko_gen.emit.requests.graphql import pieces
from naftiko_gen.ir import (
    Anything,
    Argument,
    Array,
    ArrayTemplate,
    Bytes,
    Constant,
    GraphQL,
    InContent,
    InText,
    Joined,
    Matching,
    Nullable,
    Object,
    ObjectTemplate,
    OneOf,
    Primitive,
    Refined,
    Setting,
    StepValue,
    Union,
    base_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.requests.graphql import Writer
    from naftiko_gen.ir import (
        Input,
        Parameter,
        Placeholder,
        Template,
        Type,
        Variable,
    )


JSON_VALUE = verbatim("JsonValue")
"""The annotation of any JSON value, which includes None."""


def annotation(declared: Type, imports: Imports) -> Code:
    """Return the annotation of values of a type."""
    match declared:
        case Primitive.STRING:
            return verbatim("str")
        case Primitive.INTEGER:
            return verbatim("int")
        case Primitive.NUMBER:
            return verbatim("float")
        case Primitive.BOOLEAN:
            return verbatim("bool")
        case Anything():
            imports.use("JsonValue")
            return JSON_VALUE
        case Bytes():
            imports.use("FileContent")
            return verbatim("FileContent")
        case Array():
            return fill("list[{}]", annotation(declared.items, imports))
        case Object():
            imports.use("JsonObject")
            return verbatim("JsonObject")
        case Nullable(base=base):
            return optional(annotation(base, imports))
        case OneOf() | Matching() | Refined() | Union():
            return annotation(base_type(declared), imports)
        case _:
            assert_never(declared)


def optional(declared: Code) -> Code:
    """Return the annotation of values that may also be None."""
    is_optional = declared == JSON_VALUE or declared.endswith(" | None")
    return declared if is_optional else fill("{} | None", declared)


def input_annotation(source: Input, is_bytes: bool, imports: Imports) -> Code:
    """Return the annotation of an input; `is_bytes` is a JSON body that isn't read."""
    match source.location:
        case InText():
            return verbatim("str")
        case InContent():
            imports.use("Content")
            return verbatim("Content")
        case _ if is_bytes:
            return verbatim("bytes")
        case _:
            return annotation(_in_json(source.type), imports)


def _in_json(declared: Type) -> Type:
    """Return a type as JSON has it: bytes are text in base64."""
    match declared:
        case Bytes():
            return Primitive.STRING
        case Array(items=items):
            return Array(_in_json(items))
        case _:
            return declared


def _refuse_step(value: StepValue) -> Code:
    raise TypeError(f"only flows can refer to the step {value.step!r}")


class Templates:
    """Writes templates as expressions.

    `placeholder`, `setting` and `step_value` return the expressions of a module for the
    parameters, inputs, variables and answers of steps in templates.
    """

    def __init__(
        self,
        placeholder: Callable[[Parameter | Input], Code],
        setting: Callable[[Variable], Code],
        imports: Imports,
        step_value: Callable[[StepValue], Code] = _refuse_step,
    ) -> None:
        self._placeholder = placeholder
        self._step_value = step_value
        self._setting = setting
        self._imports = imports

    def expression(self, template: Template) -> Code:
        """Return the expression of a template's value; an absent value is None."""
        match template:
            case Constant():
                return py(template.value)
            case Argument():
                return self._placeholder(template.source)
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
            self._imports.use("joined_if_present")
            return fill("joined_if_present({})", join(", ", parts))
        self._imports.use("joined")
        return fill("joined({})", join(", ", parts))

    def _graphql(self, template: GraphQL) -> Code:
        self._imports.use("joined")
        return fill("joined({})", join(", ", map(self._piece, pieces(template))))

    def _piece(self, piece: str | tuple[Writer, Placeholder]) -> Code:
        if isinstance(piece, str):
            return py(piece)
        writer, source = piece
        self._imports.use(writer)
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
        self._imports.use("without_absent")
        return fill("without_absent({}, {})", document, join(", ", droppable))

    def _array(self, template: ArrayTemplate) -> Code:
        items = join(", ", map(self.expression, template.items))
        if not any(map(may_be_absent, template.items)):
            return fill("[{}]", items)
        return fill("[item for item in [{}] if item is not None]", items)


def may_be_absent(template: Template) -> bool:
    """Return whether a template has no value if an optional argument is missing."""
    match template:
        case Argument():
            return not template.source.required
        case GraphQL():
            return False
        case Joined():
            return any(map(_may_be_missing, template.parts))
        case _:
            return False


def _may_be_missing(part: str | Placeholder) -> bool:
    """Return whether a text is absent because of one of its parts."""
    match part:
        case Argument():
            return may_be_absent(part)
        case StepValue():
            return True
        case _:
            return False
