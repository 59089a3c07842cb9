"""Upstream operations as coroutines of the client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import starmap

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.names import Names, spell_template
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.code.statements import (
    Keyword,
    ParameterView,
    annotation,
    optional_parameter,
    pairs,
)
from naftiko_gen.emit.literals import (
    Code,
    call_of,
    docstring,
    fill,
    fstring_text,
    py,
    url_path,
    verbatim,
)
from naftiko_gen.emit.requests.bodies import BodyExpressions, has_dispensable_body
from naftiko_gen.emit.requests.parts import fixed_query
from naftiko_gen.emit.requests.template_kinds import (
    SEGMENT_FUNCTIONS,
    TemplateExpressions,
    segment_function,
    styled_header,
    styled_value,
    with_reserved,
)
from naftiko_gen.emit.types.typed_dicts import ArgumentTypes


def is_fitted(parameter: ir.Parameter, capability: ir.Capability) -> bool:
    """Return whether every call passes a parameter a value of its type.

    Values are passed on unchanged: the types of inputs and constants are declared where
    the spec exposes them.
    """
    return all(
        _fits(template, parameter) for template in capability.arguments(parameter)
    )


def _fits(template: ir.Template, parameter: ir.Parameter) -> bool:
    match template:
        case ir.Constant(value=None):
            return not parameter.required
        case ir.Constant(value=value):
            return _is_of(value, parameter.type)
        case ir.Argument(source=ir.Input(type=kind)):
            return _is_assignable(ir.base_type(kind), parameter.type)
        case ir.Setting() | ir.Joined():
            return _is_assignable(ir.Primitive.STRING, parameter.type)
        case ir.ObjectTemplate():
            return _is_assignable(ir.Object(), parameter.type)
        case ir.ArrayTemplate():
            return _is_assignable(ir.Array(ir.Anything()), parameter.type)
        case _:
            return False


def _is_of(value: Plain, kind: ir.Type) -> bool:
    match value, kind:
        case _, ir.Anything():
            return True
        case bool(), _:
            return kind is ir.Primitive.BOOLEAN
        case int(), _:
            return kind in (ir.Primitive.INTEGER, ir.Primitive.NUMBER)
        case float(), _:
            return kind is ir.Primitive.NUMBER
        case str(), _:
            return kind is ir.Primitive.STRING
        case list(), ir.Array(items=items):
            return all(_is_of(item, items) for item in value)
        case dict(), ir.Object():
            return True
        case _:
            return False


def _is_assignable(value_type: ir.Type, kind: ir.Type) -> bool:
    match value_type, kind:
        case (ir.Anything(), _) | (_, ir.Anything()) | (ir.Object(), ir.Object()):
            return True
        case ir.Primitive.INTEGER, ir.Primitive.NUMBER:
            return True
        case ir.Array(items=items), ir.Array(items=expected):
            # For a type checker, a list of integers isn't a list of numbers.
            return ir.Anything() in (items, expected) or items == expected
        case _:
            return value_type == kind


_FACTS_OF_FILES = ("filename", "media-type")
"""The places of values that say something of a file in a body."""
_PATH_WIDTH = 72
"""The columns that a path has in its call, in parentheses if it is split."""


@dataclass(frozen=True)
class Coroutine:
    """Writes the coroutine of an operation."""

    operation: ir.Operation
    names: Names
    types: ArgumentTypes

    def view(self) -> View:
        """Return the view of the coroutine."""
        operation = self.operation
        return View(
            name=self.names.operation(operation),
            parameters=[
                self._declaration(parameter)
                for parameter in sorted(operation.parameters, key=self._is_optional)
            ],
            docstring=self._docstring(),
            segments=[*starmap(self._segment, self._segment_names.items())],
            choice=self._choice(),
            upstream=self.names.upstream(operation.upstream),
            method=py(operation.method),
            path=self._path(),
            query=[*starmap(self._query_pair, operation.query)],
            headers=[*starmap(self._header, operation.headers)],
            cookies=pairs(operation.cookies, self._templates),
            body=self._body(operation.body),
            has_dispensable_body=has_dispensable_body(operation),
        )

    def _docstring(self) -> Code:
        """Return the description, then the method and path of the request."""
        path = spell_template(self.operation.path)
        query = "&".join(map("=".join, fixed_query(self.operation).items()))
        target = f"{path}?{query}" if query else path
        sends = f"Sends `{f'{self.operation.method} {target}'.rstrip()}`."
        return docstring(self.operation.description or "", sends, indent=8)

    # --- parameters ---

    def _declaration(self, parameter: ir.Parameter) -> ParameterView:
        name, pattern = self._parameters[parameter], self._annotation(parameter)
        if not parameter.required:
            return optional_parameter(name, pattern)
        default = self._default(parameter)
        return ParameterView(name, pattern, default=py(default) if default else None)

    def _is_optional(self, parameter: ir.Parameter) -> bool:
        return not parameter.required or bool(self._default(parameter))

    def _default(self, parameter: ir.Parameter) -> Plain | None:
        """Return the default that all callers have for a name or type of content."""
        if ir.Argument(parameter) not in self._content_facts:
            return None
        templates = self.names.capability.arguments(parameter)
        defaults = {
            template.source.default if isinstance(template.source, ir.Input) else None
            for template in templates
            if isinstance(template, ir.Argument)
        }
        default = defaults.pop() if len(defaults) == 1 else None
        return default.value if default else None

    @cached_property
    def _content_facts(self) -> tuple[ir.Template, ...]:
        """Return the media type of the body, and the names and types of its files."""
        headers, body = self.operation.headers, self.operation.body
        types = [
            template for name, template in headers if name.lower() == "content-type"
        ]
        values = body.values if body else ()
        files = [value.template for value in values if value.place in _FACTS_OF_FILES]
        return (*types, *files)

    def _annotation(self, parameter: ir.Parameter) -> Code:
        arguments, body = (
            self.names.capability.arguments(parameter),
            self.operation.body,
        )
        is_body = body is not None and body.entity == parameter
        is_annotated = is_fitted(parameter, self.names.capability)
        other = annotation(parameter.type if is_annotated else ir.Anything())
        return self.types.of_parameter(
            arguments, verbatim("BodyValue") if is_body else other, is_body=is_body
        )

    # --- the body ---

    def _choice(self) -> View | None:
        """Return the choice of a body by a media type, or by the range that it is of.

        None unless the body is of several kinds.
        """
        body = self.operation.body
        if not isinstance(body, ir.ChosenBody):
            return None
        parsed_templates = replace(self._templates, argument=self._parsed_value)
        others = BodyExpressions(parsed_templates)
        cases = [
            View(media_type=py(o.media_type), body=others.of(o)) for o in body.others
        ]
        default = BodyExpressions(self._templates).of(body.usual)
        listed_types = body.listed if body.has_ranges else ()
        return View(
            name=self._content_name,
            selector=self._templates.expression(body.choice),
            ranges=[py(media_type) for media_type, _ in listed_types],
            cases=[*cases, View(media_type=None, body=default)],
        )

    @cached_property
    def _content_name(self) -> Code:
        used_names = {*self._parameters.values(), *self._segment_names.values()}
        return _free(verbatim("content"), used_names)

    def _body(self, body: ir.Body | None) -> Code | None:
        match body:
            case None:
                return None
            case ir.ChosenBody():
                return self._content_name
            case _:
                return BodyExpressions(self._templates).of(body)

    def _parsed_value(self, source: ir.Parameter) -> Code:
        """Return the value of a parameter that may be the bytes of JSON."""
        value, body = self._parameters[source], self.operation.body
        if body is None or body.entity != source:
            return value
        return call_of("parse_body", value)

    # --- the path, the query and headers ---

    def _path(self) -> Code:
        """Return the path as an f-string of encoded text and encoded segments."""
        pieces = [
            url_path(part) if isinstance(part, str) else self._segment_names[part]
            for part in self.operation.path
        ]
        return fstring_text(pieces, _PATH_WIDTH)

    def _segment(self, part: ir.Parameter | ir.Variable, variable: Code) -> View:
        """Return a variable of the path, and the local one of its encoded value."""
        style = dict(self.operation.path_styles).get(part.name)
        template = (
            ir.Argument(part) if isinstance(part, ir.Parameter) else ir.Setting(part)
        )
        return View(
            variable=variable,
            function=segment_function(style),
            name=py(part.name),
            value=self._templates.expression(template),
            is_exploded=style is not None and style.is_exploded,
        )

    @cached_property
    def _segment_names(self) -> Mapping[ir.Parameter | ir.Variable, Code]:
        used_names = {*self._parameters.values(), *SEGMENT_FUNCTIONS}
        names: dict[ir.Parameter | ir.Variable, Code] = {}
        for part in self.operation.path:
            if not isinstance(part, str) and part not in names:
                if isinstance(part, ir.Parameter):
                    own = self._parameters[part]
                else:
                    own = self.names.setting(part)
                names[part] = _free(fill("{}_segment", own), used_names)
                used_names.add(names[part])
        return names

    def _header(self, name: str, template: ir.Template) -> Keyword:
        value = self._templates.expression(template)
        style = dict(self.operation.header_styles).get(name)
        return Keyword(py(name), styled_header(style, value) if style else value)

    def _query_pair(self, name: str, template: ir.Template) -> View:
        """Return a parameter of the query; a styled value may become several."""
        value = self._templates.expression(template)
        style = dict(self.operation.styles).get(name)
        if name in self.operation.reserved:
            value = with_reserved(style, value)
        single = styled_value(style, value) if style else value
        return View(name=py(name), value=single or value, is_exploded=single is None)

    @cached_property
    def _parameters(self) -> Mapping[ir.Parameter, Code]:
        return self.names.parameters(self.operation)

    @cached_property
    def _templates(self) -> TemplateExpressions:
        setting = self.names.setting_in(verbatim("self.settings"))
        return TemplateExpressions(self._parameters.__getitem__, setting)


def _free(name: Code, used_names: set[Code]) -> Code:
    while name in used_names:
        name = fill("{}_", name)
    return name
