"""Consumed operations: their requests, with the parameters in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.language import models
from naftiko_gen.language.expressions import (
    Placeholder,
    Scope,
    is_placeholder,
    template,
)
from naftiko_gen.resolve.answers import answer_format, media_types
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.bodies import body, type_header
from naftiko_gen.resolve.consumed.declarations import (
    DeclarationReader,
    declared_inputs,
    place_of,
    reserved_of,
    styles_of,
)
from naftiko_gen.resolve.consumed.parameters import Parameters, with_undeclared
from naftiko_gen.resolve.consumed.paths import (
    check_length,
    infer_suffix,
    parts,
    undeclared_variables,
    unplaced_parameters,
    variables,
)
from naftiko_gen.resolve.consumed.paths import sources as path_sources
from naftiko_gen.resolve.consumed.places import (
    check_body,
    check_cookie_header,
    check_variable,
    is_sent,
    reserved_slots,
    slot_names,
    with_key,
)
from naftiko_gen.resolve.environment import Environment
from naftiko_gen.resolve.templates import (
    as_graphql,
    check_graphql,
    text_template,
)
from naftiko_gen.resolve.units import Unit
from naftiko_gen.resolve.usage import NameMatcher, Usage
from naftiko_gen.syntax.tree import walk_scalars

Fields = tuple[tuple[str, ir.Template], ...]


@dataclass(frozen=True)
class ResolvedOperation:
    """An operation, and the kinds of its declared and undeclared parameters."""

    operation: ir.Operation
    variables: tuple[ir.Variable, ...]
    """The environment variables that its declaration names, whether sent or not."""
    unsent: frozenset[str]
    """Names of declared parameters that it doesn't send."""
    undescribed: ir.Parameter | None = None
    """The parameter that is an undescribed body."""
    extra: tuple[ir.Parameter, ...] = ()
    """Parameters that only some units pass, by `with`."""
    fixed: Mapping[str, object] = field(default_factory=dict)
    """The fixed values of unsent parameters, which override arguments."""
    keys: Set[str] = frozenset()
    """Names of the credential's parts that the operation doesn't declare."""
    placeholders: Set[str] = frozenset()
    """Names of parameters that templates mention and nothing declares, or as inputs."""
    left_out: Set[str] = frozenset()
    """Names of parameters that the credential or the HTTP client sets instead."""

    @cached_property
    def own(self) -> dict[str, ir.Parameter]:
        """Return the parameters without the extra ones, by name."""
        extra = {parameter.name for parameter in self.extra}
        return {p.name: p for p in self.operation.parameters if p.name not in extra}

    @cached_property
    def matcher(self) -> NameMatcher:
        """Return a matcher for own and unsent parameters."""
        return NameMatcher({*self.own, *self.unsent})

    @cached_property
    def own_matcher(self) -> NameMatcher:
        """Return a matcher for own parameters."""
        return NameMatcher(self.own)

    @cached_property
    def unsent_matcher(self) -> NameMatcher:
        """Return a matcher for unsent parameters."""
        return NameMatcher(self.unsent)

    @cached_property
    def extra_by_name(self) -> dict[str, ir.Parameter]:
        """Return the extra parameters, by name."""
        return {parameter.name: parameter for parameter in self.extra}

    @cached_property
    def order(self) -> dict[str, int]:
        """Return the position of each parameter, by name."""
        return {p.name: at for at, p in enumerate(self.operation.parameters)}

    @cached_property
    def queries(self) -> frozenset[str]:
        """Return the names of parameters that are a member `query` of the body."""
        body = self.operation.body
        structure = body.structure if body else None
        members = ir.members(structure) if structure else ()
        values = [value for key, value in members if key == "query"]
        return frozenset(name for value in values for name in _whole(value))

    @property
    def entity(self) -> ir.Parameter | None:
        """Return the parameter that is the whole body, if it can be an object."""
        body = self.operation.body
        if body is None or body.structure is None or body.whole is None:
            return None
        is_open = isinstance(body.whole.type, ir.Anything | ir.Object)
        return body.whole if is_open else None


def _whole(value: ir.Template) -> Iterator[str]:
    """Yield the name of the parameter that is the whole value, or its whole text."""
    match value:
        case ir.Argument(source=source) | ir.Joined(
            parts=(ir.Argument(source=source),)
        ):
            yield source.name
        case _:
            pass


def operation(
    declaration: DeclaredOperation,
    upstream: ir.Upstream,
    units: Sequence[Unit],
    environment: Environment,
    report: Report,
) -> ResolvedOperation:
    """Resolve a declared operation that these units call."""
    outline = _Outline(declaration, upstream, units, report)
    keys = outline.keys()
    inputs = outline.sent_inputs()
    path = outline.path(inputs)
    declared_names = {model.name for model in declared_inputs(declaration)}
    names = NameMatcher(declared_names)
    in_path = variables(path)
    reader = DeclarationReader(inputs, in_path, names, units, environment, report)
    declarations = reader.read(keys)
    parameters = Parameters(
        declaration,
        declarations,
        units,
        environment,
        report,
        {**declarations.parameters},
    )
    request = _Request(declaration, upstream, inputs, path, parameters, report)
    all_names = declared_names | slot_names(upstream.credential)
    left_out = all_names - {model.name for model in inputs}
    return replace(request.resolve(), left_out=left_out)


@dataclass(frozen=True)
class _Outline:
    """The parts of a request that don't depend on its templates."""

    declared: DeclaredOperation
    upstream: ir.Upstream
    units: Sequence[Unit]
    report: Report

    def keys(self) -> dict[str, ir.Template]:
        """Return a credential's key that templates of a body or a path may name."""
        match self.upstream.credential:
            case ir.BodyKey(name=name, value=value):
                return {name: value}
            case ir.PathKey(name=name, value=value, tail=tail):
                if not tail and name not in variables(self.declared.resource.path):
                    check_variable(self.declared, name, self.report)
                return {name: value}
            case _:
                return {}

    def sent_inputs(self) -> tuple[models.ConsumedInput, ...]:
        """Return the declared parameters that the request can hold."""
        inputs = declared_inputs(self.declared)
        check_cookie_header(inputs, self.report)
        credential, report = self.upstream.credential, self.report
        return tuple(model for model in inputs if is_sent(model, credential, report))

    def path(self, inputs: Sequence[models.ConsumedInput]) -> str:
        """Return the path, with an inferred end for parameters missing from it."""
        path = self.declared.resource.path
        missing = unplaced_parameters(path, inputs)
        if not missing:
            return path
        suffix = infer_suffix(self.declared, missing, self.units)
        full_path = path.rstrip("/") + suffix.text
        message = f"{self._address(path)} becomes {self._address(full_path)}"
        span = missing[0].node.value_span("name")
        free_names = undeclared_variables(path, inputs)
        hint = self.report.suggestion(suffix.code, missing[0].name, free_names)
        addition = f"add {quote(suffix.text)} to the path"
        self.report.add(suffix.code, message, span, hint or addition)
        return full_path

    def _address(self, path: str) -> str:
        base_uri = self.declared.consumes.base_uri.rstrip("/")
        # The text before an @ can be a password.
        return quote(path if "@" in base_uri else base_uri + path, limit=200)


@dataclass(frozen=True)
class _Templates:
    """The templates of a request's parts, and the parameters that they name."""

    path: tuple[str | ir.Parameter | ir.Variable, ...]
    query: Fields
    headers: Fields
    cookies: Fields
    fields: Fields
    """Parameters declared in the body, which a `body` block overrides."""
    content: ir.Body | None

    @property
    def outside(self) -> Iterator[ir.Parameter | ir.Input]:
        """Yield the parameters that are sent outside of the body."""
        yield from path_sources(self.path)
        yield from _sources((*self.query, *self.headers, *self.cookies))

    @property
    def sent(self) -> frozenset[str]:
        """Return the names of the parameters that are sent."""
        in_body = self.content.placeholders if self.content else ()
        return frozenset(source.name for source in (*self.outside, *in_body))

    @property
    def variables(self) -> Iterator[ir.Variable]:
        """Yield the environment variables, in their order in the spec."""
        yield from (part for part in self.path if isinstance(part, ir.Variable))
        pairs = (*self.query, *self.headers, *self.cookies, *self.fields)
        yield from ir.variables(template for _, template in pairs)
        yield from ir.variables(self.content.templates if self.content else ())


@dataclass(frozen=True)
class _Request:
    """Builder of an operation's request."""

    declared: DeclaredOperation
    upstream: ir.Upstream
    inputs: Sequence[models.ConsumedInput]
    """The declared parameters that it sends."""
    path: str
    parameters: Parameters
    """The declared parameters."""
    report: Report

    def resolve(self) -> ResolvedOperation:
        names = {model.name for model in declared_inputs(self.declared)}
        templates = self._templates()
        completion = with_undeclared(
            self._operation(templates), self.declared, names, self.parameters
        )
        operation = completion.operation
        used_names = {parameter.name for parameter in operation.parameters}
        placeholders = {*self._input_names(), *(templates.sent - names)}
        parameters = self.parameters.by_name.values()
        unused_parameters = [
            parameter for parameter in parameters if parameter.name not in used_names
        ]
        self._report_unused(unused_parameters)
        names |= {parameter.name for parameter in unused_parameters}
        keys = slot_names(self.upstream.credential) - names
        names |= {name for _, name in reserved_slots(self.upstream.credential)}
        unsent = frozenset(names - used_names)
        return ResolvedOperation(
            operation,
            tuple(self._variables(templates)),
            unsent,
            completion.undescribed,
            completion.extra,
            {m.name: m.value for m in self.inputs if m.name in unsent},
            keys,
            placeholders,
        )

    def _input_names(self) -> Iterator[str]:
        """Yield the names that templates mention as inputs, such as `tools.x`."""
        nodes = (self.declared.operation.node, *(model.node for model in self.inputs))
        for scalar in chain.from_iterable(map(walk_scalars, nodes)):
            for piece in template(str(scalar.value)):
                if isinstance(piece, Placeholder) and piece.scope is Scope.INPUT:
                    yield piece.name

    def _templates(self) -> _Templates:
        model = self.declared.operation
        span = self.declared.resource.node.value_span("path")
        path = tuple(parts(self.path, span, self.inputs, self.parameters, self.report))
        check_length(path, span, self.report)
        query, headers = self._values("query"), self._values("header")
        headers = (*headers, *type_header(model, headers))
        cookies, fields = self._values("cookie"), self._values("body")
        outer = _Templates(path, query, headers, cookies, fields, None)
        parameters, report = self.parameters, self.report
        content = body(model, fields, headers, outer.outside, parameters, report)
        return replace(outer, content=content)

    def _operation(self, templates: _Templates) -> ir.Operation:
        model = self.declared.operation
        parameters = self.parameters.by_name.values()
        content = self._with_key(templates.content)
        sent_names = replace(templates, content=content).sent
        query_styles, path_styles, header_styles = self._styles()
        return ir.Operation(
            model.name,
            self.upstream,
            model.method,
            templates.path,
            tuple(
                parameter for parameter in parameters if parameter.name in sent_names
            ),
            templates.query,
            templates.headers,
            content,
            model.description,
            answer_format(model),
            media_types(model),
            templates.cookies,
            styles=query_styles,
            reserved=reserved_of(self.inputs, self.report),
            path_styles=path_styles,
            header_styles=header_styles,
            tags=tuple(model.tags),
        )

    def _styles(self) -> tuple[ir.Styles, ir.Styles, ir.Styles]:
        """Return the styles in the query, the path and the headers; report others."""
        for place in ("cookie", "body", "environment"):
            styles_of(self.inputs, place, self.report)
        query, path, header = (
            styles_of(self.inputs, place, self.report)
            for place in ("query", "path", "header")
        )
        return query, path, header

    def _with_key(self, content: ir.Body | None) -> ir.Body | None:
        """Return the body with the credential's key; report faults of the body."""
        model, credential = self.declared.operation, self.upstream.credential
        keyed_body = with_key(content, credential)
        check_body(keyed_body, credential, model, self.report)
        self._check_text(model, keyed_body)
        return keyed_body

    def _variables(self, templates: _Templates) -> Iterator[ir.Variable]:
        """Yield the variables of fixed parameters, then the variables of templates."""
        yield from ir.variables(self.parameters.declarations.fixed.values())
        yield from templates.variables

    def _check_text(
        self, model: models.ConsumedOperation, content: ir.Body | None
    ) -> None:
        """Report unescaped values in GraphQL in the body."""
        holder, key = (
            (model.node, "body")
            if model.body is None or isinstance(model.body, str)
            else (model.body.node, "data")
        )
        if key in holder:
            for template in content.templates if content else ():
                check_graphql(template, holder.value_span(key), self.report)

    def _values(self, place: str) -> Fields:
        """Return the values in a place."""
        return tuple(
            (model.name, self._value(model))
            for model in self.inputs
            if model.place == place and not self._is_path_variable(model)
        )

    def _is_path_variable(self, model: models.ConsumedInput) -> bool:
        """Return whether a parameter of another place declares a path variable."""
        parameter = self.parameters.by_name.get(model.name)
        is_variable = parameter is not None and parameter.place is ir.Place.PATH
        return is_variable and not any(
            other.place == "path" and other.name == model.name for other in self.inputs
        )

    def _value(self, model: models.ConsumedInput) -> ir.Template:
        if model.value is None:
            return ir.Argument(self.parameters.by_name[model.name])
        span = model.node.value_span("value")
        if not isinstance(model.value, str):
            return ir.Constant(model.value)
        usage = Usage(required=bool(model.required))
        if is_placeholder(model.value):
            usage = replace(usage, type=model.type, description=model.description)
        fill = partial(self.parameters.fill, place_of(model), usage=usage)
        template = text_template(model.value, span, fill)
        if model.place == "body" and model.name == "query":
            template = as_graphql(template)
        check_graphql(template, span, self.report)
        return template

    def _report_unused(self, parameters: Sequence[ir.Parameter]) -> None:
        for parameter in parameters:
            message = (
                f"{quote(parameter.name)} isn't sent: no part of the request holds it"
            )
            span = self.declared.operation.node.value_span("name")
            self.report.add(Code.UNUSED_PARAMETER, message, span)


def _sources(
    values: Sequence[tuple[str, ir.Template]],
) -> Iterator[ir.Parameter | ir.Input]:
    for _, value in values:
        yield from ir.placeholders(value)
