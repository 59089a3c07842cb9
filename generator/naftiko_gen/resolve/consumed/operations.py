"""Consumed operations: their requests, with the parameters in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import (
    Placeholder,
    Scope,
    is_placeholder,
    template,
)
from naftiko_gen.resolve.answers import (
    AnswerSchemas,
    answer_format,
    media_types,
    response_example,
)
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.bodies import BodyBuilder, type_header
from naftiko_gen.resolve.consumed.declarations import (
    declared_inputs,
    declared_parameter,
    matching,
    place_of,
    reserved_of,
    styles_of,
)
from naftiko_gen.resolve.consumed.parameters import Completer, Fields, Parameters
from naftiko_gen.resolve.consumed.paths import (
    PathReader,
    infer_suffix,
    undeclared_variables,
    unplaced_parameters,
    variables,
)
from naftiko_gen.resolve.consumed.paths import sources as path_sources
from naftiko_gen.resolve.consumed.places import (
    check_cookie_header,
    check_variable,
    is_sent,
    reserved_slots,
    slot_names,
)
from naftiko_gen.resolve.environment import Environment, check_name
from naftiko_gen.resolve.templates import as_graphql, check_graphql, text_template
from naftiko_gen.resolve.units import Unit
from naftiko_gen.resolve.usage import NameMatcher, Usage
from naftiko_gen.syntax.tree import walk_scalars


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
        parameters = self.operation.parameters
        return {p.name: p for p in parameters if p.name not in self.extra_by_name}

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
        for _, value in (*self.query, *self.headers, *self.cookies):
            yield from ir.placeholders(value)

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
class OperationReader:
    """Reader of a declared operation that some units call."""

    declared: DeclaredOperation
    upstream: ir.Upstream
    units: Sequence[Unit]
    environment: Environment
    schemas: AnswerSchemas
    report: Report

    def read(self) -> ResolvedOperation:
        """Return the operation; report the parts of its request that can't be sent."""
        credential, templates = self.upstream.credential, self._templates()
        completer = Completer(self.declared, self._names, self._parameters)
        completion = completer.complete(self._operation(templates))
        used_names = {p.name for p in completion.operation.parameters}
        unused_names = [n for n in self._parameters.by_name if n not in used_names]
        for name in unused_names:
            message = f"{quote(name)} isn't sent: no part of the request holds it"
            span = self.declared.operation.at("name")
            self.report.add(Code.UNUSED_PARAMETER, message, span)
        names = self._names.union(unused_names)
        reserved_names = {name for _, name in reserved_slots(credential)}
        unsent = frozenset((names | reserved_names) - used_names)
        settings = ir.variables(self._parameters.fixed.values())
        return ResolvedOperation(
            completion.operation,
            (*settings, *templates.variables),
            unsent,
            completion.undescribed,
            completion.extra,
            {m.name: m.value for m in self._inputs if m.name in unsent},
            slot_names(credential) - names,
            {*self._input_names(), *(templates.sent - self._names)},
            (self._names | slot_names(credential)) - {m.name for m in self._inputs},
        )

    @cached_property
    def _names(self) -> frozenset[str]:
        """Return the names of the declared parameters."""
        return frozenset(model.name for model in declared_inputs(self.declared))

    @cached_property
    def _inputs(self) -> tuple[models.ConsumedInput, ...]:
        """Return the declared parameters that the request can hold."""
        inputs = declared_inputs(self.declared)
        check_cookie_header(inputs, self.report)
        credential, report = self.upstream.credential, self.report
        has_body = self._has_own_body(inputs)
        return tuple(
            model
            for model in inputs
            if is_sent(model, credential, report, has_body=has_body)
        )

    def _has_own_body(self, inputs: Sequence[models.ConsumedInput]) -> bool:
        """Return whether the spec makes up a body, rather than pass on the caller's."""
        members = (model.name for model in inputs if model.place == "body")
        return bool(self.declared.operation.body) or any(
            name != "body" for name in members
        )

    def _input_names(self) -> Iterator[str]:
        """Yield the names that templates mention as inputs, such as `tools.x`."""
        nodes = (self.declared.operation.node, *(model.node for model in self._inputs))
        for scalar in chain.from_iterable(map(walk_scalars, nodes)):
            for piece in template(str(scalar.value)):
                if isinstance(piece, Placeholder) and piece.scope is Scope.INPUT:
                    yield piece.name

    # --- parameters ---

    @cached_property
    def _path(self) -> str:
        """Return the path, with an inferred end for parameters missing from it."""
        path = self.declared.resource.path
        missing = unplaced_parameters(path, self._inputs)
        if not missing:
            return path
        suffix, code = infer_suffix(self.declared, missing, self.units)
        full_path = path.rstrip("/") + suffix
        message = f"{self._address(path)} becomes {self._address(full_path)}"
        free_names = undeclared_variables(path, self._inputs)
        hint = self.report.suggestion(code, missing[0].name, free_names)
        hint = hint or f"add {quote(suffix)} to the path"
        self.report.add(code, message, missing[0].at("name"), hint)
        return full_path

    def _address(self, path: str) -> str:
        base_uri = self.declared.consumes.base_uri.rstrip("/")
        # The text before an @ can be a password.
        return quote(path if "@" in base_uri else base_uri + path, limit=200)

    @cached_property
    def _parameters(self) -> Parameters:
        """Return the declared parameters, and the values that the operation fixes."""
        names = NameMatcher(self._names)
        settings = [model for model in self._inputs if model.place == "environment"]
        for model in settings:
            check_name(model.name, model.at("name"), self.report)
        variables = {m.name: self.environment.by_name(m.name) for m in settings}
        places = [(model, self._place(model)) for model in self._inputs]
        pairs = [(model, place) for model, place in places if place is not None]
        parameters: dict[str, ir.Parameter] = {}
        for model, place in pairs:
            parameter = declared_parameter(model, place, self.units, names, self.report)
            parameters.setdefault(model.name, parameter)
        return Parameters(
            self.declared,
            names,
            frozenset(model.name for model, _ in pairs if model.type),
            {**self._keys(), **{n: ir.Setting(v) for n, v in variables.items()}},
            self.units,
            self.environment,
            self.report,
            parameters,
        )

    def _keys(self) -> dict[str, ir.Template]:
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

    def _place(self, model: models.ConsumedInput) -> ir.Place | None:
        """Return the place of a parameter, or None if the request has none for it."""
        if model.place == "environment":
            return None
        is_variable = any(variable is model for variable in self._in_path)
        if model.place == "path" and not is_variable:
            message = f"{quote(model.name)} names a variable that is already declared"
            code = Code.PATH_PARAMETER_NOT_IN_TEMPLATE
            hint = "delete it, or change its `in`"
            self.report.add(code, message, model.at("name"), hint)
            return None
        if model.value is not None:
            return None
        return ir.Place.PATH if is_variable else place_of(model)

    @cached_property
    def _in_path(self) -> list[models.ConsumedInput | None]:
        return [matching(name, self._inputs) for name in variables(self._path)]

    # --- the request ---

    def _templates(self) -> _Templates:
        model, parameters = self.declared.operation, self._parameters
        span = self.declared.resource.at("path")
        path = PathReader(self._path, span, self._inputs, parameters).parts()
        query, headers = self._values("query"), self._values("header")
        headers = (*headers, *type_header(model, headers))
        cookies, fields = self._values("cookie"), self._values("body")
        outer = _Templates(path, query, headers, cookies, fields, None)
        elsewhere = frozenset(source.name for source in outer.outside)
        builder = BodyBuilder(model, fields, headers, parameters, elsewhere)
        return replace(outer, content=builder.body())

    def _operation(self, templates: _Templates) -> ir.Operation:
        model, content = self.declared.operation, self._with_key(templates.content)
        sent_names = replace(templates, content=content).sent
        styles = {
            place: styles_of(self._inputs, place, self.report)
            for place in ("cookie", "body", "environment", "query", "path", "header")
        }
        return ir.Operation(
            model.name,
            self.upstream,
            model.method,
            templates.path,
            tuple(p for p in self._parameters.by_name.values() if p.name in sent_names),
            templates.query,
            templates.headers,
            content,
            model.description,
            answer_format(model),
            media_types(model),
            templates.cookies,
            self.schemas.of(model),
            styles["query"],
            reserved_of(self._inputs, self.report),
            styles["path"],
            styles["header"],
            self.schemas.type_of(model),
            response_example(model, self.report),
            tuple(model.tags),
        )

    def _with_key(self, content: ir.Body | None) -> ir.Body | None:
        """Return the body with the credential's key; report faults of the body."""
        model, credential = self.declared.operation, self.upstream.credential
        if content is not None and isinstance(credential, ir.BodyKey):
            content = content.with_key(credential.name, credential.value)
            if not content.accepts_key:
                message = "a body of this type can't hold the key of 'authentication'"
                self.report.add(Code.UNUSABLE_CREDENTIAL, message, model.at("body"))
        node, key = model.node, "body"
        if model.body is not None and not isinstance(model.body, str):
            node, key = model.body.node, "data"
        for value in content.templates if content and key in node else ():
            check_graphql(value, node.value_span(key), self.report)
        return content

    def _values(self, place: str) -> Fields:
        """Return the values in a place."""
        return tuple(
            (model.name, self._value(model))
            for model in self._inputs
            if model.place == place and not self._is_path_variable(model)
        )

    def _is_path_variable(self, model: models.ConsumedInput) -> bool:
        """Return whether a parameter of another place declares a path variable."""
        parameter = self._parameters.by_name.get(model.name)
        is_variable = parameter is not None and parameter.place is ir.Place.PATH
        return is_variable and not any(
            other.place == "path" and other.name == model.name for other in self._inputs
        )

    def _value(self, model: models.ConsumedInput) -> ir.Template:
        if model.value is None:
            return ir.Argument(self._parameters.by_name[model.name])
        if not isinstance(model.value, str):
            return ir.Constant(model.value)
        usage, span = Usage(required=bool(model.required)), model.at("value")
        if is_placeholder(model.value):
            usage = replace(usage, type=model.type, description=model.description)
        fill = partial(self._parameters.fill, place_of(model), usage=usage)
        template = text_template(model.value, span, fill)
        if model.place == "body" and model.name == "query":
            template = as_graphql(template)
        check_graphql(template, span, self.report)
        return template
