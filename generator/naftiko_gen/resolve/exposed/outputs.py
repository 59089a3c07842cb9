"""Outputs: projections of upstream responses, values of the spec, answers of mocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Plain, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder
from naftiko_gen.language.json_paths import PathError, path_or_query
from naftiko_gen.resolve.answers import answer_format, check_readable
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.exposed.inputs import constant
from naftiko_gen.resolve.exposed.responses import is_binary, unchanged_answer
from naftiko_gen.resolve.templates import convert_constant, json_value, text_template
from naftiko_gen.resolve.types import is_of, type_of
from naftiko_gen.resolve.units import Unit

_STRUCTURES = ("object", "array")
_UNNAMED = "value"
"""The member for an output without a name."""


@dataclass(frozen=True)
class OutputReader:
    """Reader of the outputs of a unit, as values of the spec and as projections.

    `inputs` are those of the unit, by their names in references.
    """

    unit: Unit
    inputs: Mapping[str, ir.Input]
    report: Report

    # --- values of the spec ---

    def _own_value(self, model: models.Output) -> ir.Literal | ir.Filled | None:
        """Return the value of an output that has its own.

        A `const` describes the value that is read, so it is one only by itself.
        """
        sources = (model.mapping, model.properties, model.items)
        if model.value is not None:
            return self._value(model.value, model)
        if model.const is not None and all(source is None for source in sources):
            node = model.node.get("const")
            return ir.Literal(node.plain() if node else None)
        return None

    def _value(
        self, value: models.Constant, model: models.Output
    ) -> ir.Literal | ir.Filled:
        span = model.at("value")
        template: ir.Template = ir.Constant(value)
        if isinstance(value, str):
            template = text_template(value, span, self._placeholder)
        if not isinstance(template, ir.Constant):
            return ir.Filled(template)
        literal = _convert(template.value, model.type, span)
        if not is_of(literal, type_of(model.type)):
            fault = f"isn't of type {quote(model.type)}"
            message = f"{quote(value)} {fault}: it is returned unchanged"
            self.report.add(Code.MISTYPED_VALUE, message, span)
        return ir.Literal(literal)

    def _placeholder(self, placeholder: Placeholder, span: Span) -> ir.Template:
        name = self.unit.named_input(placeholder)
        value = constant(self.unit.input(name))
        if value is not None:
            return value
        source = self.inputs.get(name)
        if source is None or isinstance(source.location, ir.InContent):
            text = quote("{{" + placeholder.name + "}}")
            message = f"{text} names no input whose value an output can hold"
            self.report.add(Code.UNUSABLE_TEMPLATE, message, span)
            return ir.Constant("")
        return ir.Argument(source)

    # --- answers of mocks ---

    def mock(self) -> ir.Mapped:
        """Return the answer of a mock: an object with a member for each output."""
        outputs = {model.name or _UNNAMED: model for model in self.unit.model.outputs}
        entries = tuple((name, self._template(m)) for name, m in outputs.items())
        types = tuple((name, _type((name,), m)) for name, m in outputs.items())
        return ir.Mapped(ir.ObjectTemplate(entries), ir.Shape((), types))

    def _template(self, model: models.Output) -> ir.Template:
        """Return the value of an output; one without a value is null."""
        match self._own_value(model):
            case ir.Literal(value=value):
                return ir.Constant(value)
            case ir.Filled(template=template):
                return template
            case None if model.properties is not None:
                parts = model.properties.items()
                return ir.ObjectTemplate(
                    tuple((name, self._template(part)) for name, part in parts)
                )
            case None if model.items is not None:
                return ir.ArrayTemplate((self._template(model.items),))
            case None:
                message = "this output of a mock has no value: it is null"
                self.report.add(Code.EMPTY_MOCK, message, model.node.span)
                return ir.Constant(None)

    # --- projections ---

    def response(self, declaration: DeclaredOperation | None) -> ir.Projection:
        """Return the projection of a response, which is unchanged without outputs."""
        outputs, projection = self.unit.model.outputs, self.projection()
        operation = declaration.operation if declaration else None
        response_format = answer_format(operation) if operation else ir.Format.JSON
        is_ignored = operation is not None and outputs and is_binary(operation)
        if is_ignored:
            message = "the outputs of this response are ignored: it is binary"
            span = outputs[0].node.span
            self.report.add(Code.IGNORED_OUTPUT, message, span, "delete them")
        if not outputs or is_ignored or _is_unchanged(projection, response_format):
            return unchanged_answer(self.unit, declaration, self.report)
        if operation is not None:
            check_readable(operation, outputs[0].node.span, self.report)
        if response_format is None or response_format is ir.Format.JSON:
            return projection
        if _is_whole(projection):
            projection = ir.Pick((), _whole_type(outputs[0], response_format))
        return _of_format(projection, response_format, outputs, self.report)

    def mismatch(self, output: ir.Projection) -> ir.Mismatch:
        """Return whether a response that the output can't shape is passed on."""
        model = self.unit.model
        if model.on_mismatch is None:
            return ir.Mismatch.REFUSE
        span = model.node.key_span("onMismatch")
        if isinstance(output, ir.Identity):
            message = "'onMismatch' is ignored: nothing shapes the response"
            self.report.add(Code.IGNORED_KEY, message, span)
            return ir.Mismatch.REFUSE
        message = "a response of another form than the outputs is returned unchanged"
        self.report.add(Code.ON_MISMATCH, message, span)
        return ir.Mismatch.PASS

    def projection(self) -> ir.Projection:
        """Return the outputs as a projection of a JSON document."""
        outputs = self.unit.model.outputs
        if not outputs:
            return ir.Identity()
        members = {at: m.name for at, m in enumerate(outputs) if m.name is not None}
        if len(members) == len(outputs):
            return self._shape((), zip(members.values(), outputs, strict=True))
        for model in outputs[1:]:
            message = "this output is ignored: only the first one is used"
            self.report.add(Code.IGNORED_OUTPUT, message, model.node.span)
        return self._projection(outputs[0])

    def _projection(self, model: models.Output) -> ir.Projection:
        path, value = self._path(model), self._own_value(model)
        if value is not None:
            return value
        if isinstance(path, ir.Query):
            return ir.Find(path, self._result(model))
        if model.properties is not None:
            return self._shape(path, model.properties.items())
        if model.items is not None:
            return ir.Items(path, self._member(model.items))
        if model.type in _STRUCTURES and not path:
            return ir.Identity()
        return ir.Pick(path, type_of(model.type))

    def _result(self, model: models.Output) -> ir.Projection:
        """Return the projection of each value that a query finds."""
        if model.properties is not None:
            return self._shape((), model.properties.items())
        if model.items is not None:
            return self._member(model.items)
        is_list = model.type == "array"
        return ir.Pick((), ir.Anything() if is_list else type_of(model.type))

    def _shape(
        self,
        path: tuple[ir.PathSegment, ...],
        members: Iterable[tuple[str, models.Output]],
    ) -> ir.Shape:
        return ir.Shape(path, tuple((n, self._member(part)) for n, part in members))

    def _member(self, model: models.Output) -> ir.Projection:
        """Return a member or an item; an unchanged value is a pick of all of it."""
        projection = self._projection(model)
        is_whole = isinstance(projection, ir.Identity)
        return ir.Pick((), type_of(model.type)) if is_whole else projection

    def _path(self, model: models.Output) -> tuple[ir.PathSegment, ...] | ir.Query:
        if model.mapping is None:
            return ()
        try:
            return path_or_query(model.mapping)
        except PathError as error:
            message = f"{quote(model.mapping)} isn't supported: {error}"
            self.report.add(Code.UNSUPPORTED_JSONPATH, message, model.at("mapping"))
            return ()


def _type(path: tuple[ir.PathSegment, ...], model: models.Output) -> ir.Projection:
    """Return the declared type of the value at a path."""
    if model.value is None and model.properties is not None:
        parts = model.properties.items()
        return ir.Shape(path, tuple((n, _type((n,), part)) for n, part in parts))
    if model.value is None and model.items is not None:
        return ir.Items(path, _type((), model.items))
    return ir.Pick(path, type_of(model.type))


def _convert(value: Plain, kind: models.Kind, span: Span) -> Plain:
    """Return a value as the declared type, if it can be read as one."""
    match value, kind:
        case str() as text, "array" | "object":
            document = json_value(text, span)
            return document if is_of(document, type_of(kind)) else text
        case _:
            literal = convert_constant(ir.Constant(value), type_of(kind))
            return literal.value if isinstance(literal, ir.Constant) else value


def _is_unchanged(projection: ir.Projection, response_format: ir.Format | None) -> bool:
    """Return whether a projection is the whole response, which nothing converts."""
    match response_format:
        case None:
            return _is_whole(projection)
        case ir.Format.JSON:
            return isinstance(projection, ir.Identity)
        case _:
            return False


def _is_whole(projection: ir.Projection) -> bool:
    """Return whether a projection is the whole response, of any type."""
    is_text = projection == ir.Pick((), ir.Primitive.STRING)
    return is_text or isinstance(projection, ir.Identity)


def _whole_type(model: models.Output, response_format: ir.Format) -> ir.Type:
    """Return the type of a whole response that is converted to JSON."""
    if response_format.value.separator is not None:
        return ir.Array(ir.Anything())
    return ir.Anything() if model.type == "string" else type_of(model.type)


def _of_format(
    projection: ir.Projection,
    response_format: ir.Format,
    outputs: Sequence[models.Output],
    report: Report,
) -> ir.Projection:
    """Return the projection of a response in a format, which may have only texts."""
    if response_format.value.has_types:
        return projection
    if response_format is ir.Format.MARKDOWN:
        return _of_markdown(projection)
    if response_format is not ir.Format.XML:
        return ir.with_leaves(projection, _of_text)
    projection = ir.with_leaves(projection, _of_xml)
    start = ir.common_start(projection)
    if start is not None:
        message = (
            f"{quote(start)} is a child of the root element; without such a child, it"
            " is the root element of that name"
        )
        report.add(Code.XML_ROOT, message, outputs[0].node.span)
    return ir.with_leaves(projection, _of_text)


def _of_xml(pick: ir.Projection) -> ir.Projection:
    """Return the projection of a pick in XML, where one element may be an array."""
    match pick:
        case ir.Pick(path=path, type=ir.Array()):
            return ir.Items(path, ir.Pick((), ir.Anything()))
        case _:
            return pick


def _of_text(pick: ir.Projection) -> ir.Projection:
    """Return the projection of a pick in a format that has only strings as values.

    The number of elements of an array is a number.
    """
    match pick:
        case ir.Pick(path=(*_, "length") as path, type=ir.Primitive()):
            return ir.Pick(path, ir.Anything())
        case ir.Pick(path=path, type=ir.Primitive()):
            return ir.Pick(path, ir.Primitive.STRING)
        case _:
            return pick


def _of_markdown(projection: ir.Projection) -> ir.Projection:
    """Return a projection of a Markdown document, in which cells of tables are text."""
    match projection:
        case ir.Shape(path=(), members=members):
            new_members = ((name, _of_markdown(member)) for name, member in members)
            return ir.Shape((), tuple(new_members))
        case ir.Shape(path=path) | ir.Items(path=path) | ir.Pick(path=path):
            start = path[0] if path else None
        case ir.Find(query=query):
            start = query.steps[0] if query.steps else None
        case _:
            return projection
    return ir.with_leaves(projection, _of_text) if start == "tables" else projection
