"""Declared parameters of consumed operations, before templates refer to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.language import models
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.types import InputTypes, example_of, type_of
from naftiko_gen.resolve.units import Unit, canonical
from naftiko_gen.resolve.usage import NameMatcher, Usage, usage_of

StyledModel = models.ConsumedInput | models.EncodedField


_IN_FORM = {
    ("form", True): ir.Style.MEMBERS,
    ("form", False): ir.Style.COMMAS,
    ("spaceDelimited", False): ir.Style.SPACES,
    ("pipeDelimited", False): ir.Style.PIPES,
    ("deepObject", False): ir.Style.DEEP,
    ("deepObject", True): ir.Style.DEEP,
}
_IN_HEADER = {
    ("simple", False): ir.Style.SIMPLE,
    ("simple", True): ir.Style.SIMPLE_MEMBERS,
}
_IN_PATH = {
    **_IN_HEADER,
    ("label", False): ir.Style.LABEL,
    ("label", True): ir.Style.LABEL_MEMBERS,
    ("matrix", False): ir.Style.MATRIX,
    ("matrix", True): ir.Style.MATRIX_MEMBERS,
}
_STYLES = {"query": _IN_FORM, "header": _IN_HEADER, "path": _IN_PATH}
"""The styles that a place has, by `style` and `explode`."""


_KEYS = ("style", "explode", "allowReserved")


def style_of(
    model: StyledModel, report: Report, place: str = "query"
) -> ir.Style | None:
    """Return the style of a value, and report the extension."""
    keys = [key for key in _KEYS if key in model.node]
    if not keys:
        return None
    message = f"the official language has no {' and '.join(map(quote, keys))}"
    report.add(Code.PARAMETER_STYLE, message, model.node.key_span(keys[0]))
    styles = _STYLES.get(place, {})
    style = model.style or ("form" if styles is _IN_FORM else "simple")
    explode = style == "form" if model.explode is None else model.explode
    if model.style is None and model.explode is None:
        is_open = place == "path" and model.allow_reserved
        return ir.Style.RESERVED if is_open else None
    if style not in {name for name, _ in styles}:
        message = f"no value {_IN_PLACE[place]} has this style"
        report.add(Code.IGNORED_STYLE, message, model.node.key_span(keys[0]))
    return styles.get((style, explode))


_IN_PLACE = {
    "query": "in a query or a form",
    "header": "in a header",
    "path": "in a path",
    "cookie": "in a cookie",
    "body": "in a body without `encoding`",
    "environment": "of the environment",
}


def styles_of(
    inputs: Iterable[models.ConsumedInput], place: str, report: Report
) -> ir.Styles:
    """Return the styles of the parameters in a place."""
    styles = (
        (model.name, style_of(model, report, place))
        for model in inputs
        if model.place == place
    )
    return tuple((name, style) for name, style in styles if style is not None)


def reserved_of(
    inputs: Iterable[models.ConsumedInput], report: Report
) -> tuple[str, ...]:
    """Return the parameters of the query whose reserved characters aren't encoded.

    A variable of the path without a style of its own is text with such characters.
    """
    allowing = [model for model in inputs if model.allow_reserved]
    for model in allowing:
        has_style = model.style is not None or model.explode is not None
        if model.place != "query" and (model.place != "path" or has_style):
            message = (
                "reserved characters are only allowed in a query, in a form, and in "
                "a path without a style"
            )
            span = model.node.key_span("allowReserved")
            report.add(Code.IGNORED_STYLE, message, span)
    return tuple(model.name for model in allowing if model.place == "query")


METADATA = frozenset({"type", "required", "description"})
"""The keys of a parameter that describe it."""


def declared_parameter(
    model: models.ConsumedInput,
    place: ir.Place,
    units: Sequence[Unit],
    names: NameMatcher,
    report: Report,
) -> ir.Parameter:
    """Return a parameter that some units pass to an operation with these names."""
    parameter = _describe(model, place, usage_of(units, model.name, names))
    if not model.schema_:
        return parameter
    types = InputTypes(report)
    schema = types.type(model.schema_)
    default = types.constant(model.schema_, "default", schema)
    example = example_of(model.schema_)
    return replace(parameter, schema=schema, default=default, example=example)


def _describe(
    model: models.ConsumedInput, place: ir.Place, usage: Usage
) -> ir.Parameter:
    """Return a parameter as its own metadata, or else its inputs describe it."""
    kind = model.type or usage.type
    is_styled = model.style is not None or model.explode is not None
    default = ir.Anything() if is_styled else default_type(place)
    return ir.Parameter(
        model.name,
        place,
        type_of(kind) if kind else default,
        place is ir.Place.PATH or bool(model.required),
        model.description or usage.description,
    )


def is_told_by_inputs(
    declaration: DeclaredOperation,
    model: models.ConsumedInput,
    place: ir.Place,
    units: Sequence[Unit],
) -> bool:
    """Return whether the inputs that feed a parameter say all that its metadata does.

    `units` are those that call the declared operation.
    """
    names = NameMatcher({input_.name for input_ in declared_inputs(declaration)})
    usage = usage_of(units, model.name, names)
    bare = model.model_copy(update=dict.fromkeys(METADATA))
    return _describe(model, place, usage) == _describe(bare, place, usage)


def declared_inputs(declaration: DeclaredOperation) -> tuple[models.ConsumedInput, ...]:
    """Return the parameters of an operation, its resource and its upstream.

    Of parameters with the same name and place, the one closest to the operation wins;
    it keeps the position of the first. Header names ignore case.
    """
    levels = (
        declaration.consumes.inputs,
        declaration.resource.inputs,
        declaration.operation.inputs,
    )
    inputs = {_identity(model): model for level in levels for model in level}
    return tuple(inputs.values())


def _identity(model: models.ConsumedInput) -> tuple[str, str]:
    is_header = model.place == "header"
    return (model.name.lower() if is_header else model.name), model.place


def every_input(consumes: models.Consumes) -> Iterator[models.ConsumedInput]:
    """Yield the parameters of an upstream, its resources and their operations."""
    yield from consumes.inputs
    for resource in consumes.resources:
        yield from resource.inputs
        for operation in resource.operations:
            yield from operation.inputs


def place_of(model: models.ConsumedInput) -> ir.Place:
    """Return the place of a declared parameter in the request."""
    return ir.Place(model.place)


def matching(
    name: str, inputs: Sequence[models.ConsumedInput]
) -> models.ConsumedInput | None:
    """Return the declaration of a path's variable.

    A parameter with `in: path` matches ignoring case and punctuation, any other
    only by its exact name.
    """
    in_path = [model for model in inputs if model.place == "path"]
    for model in (*in_path, *inputs):
        if model.name == name:
            return model
    letters = canonical(name)
    return next((model for model in in_path if canonical(model.name) == letters), None)


def default_type(place: ir.Place) -> ir.Type:
    """Return the type of a parameter whose declaration and uses name none."""
    return ir.Anything() if place is ir.Place.BODY else ir.Primitive.STRING
