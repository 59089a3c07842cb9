"""`rest.py`: the table of routes, and functions for those that shape or map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.adapters.calls import (
    FunctionView,
    Performance,
    Value,
    functions,
    performance,
)
from naftiko_gen.emit.code.names import route_variables
from naftiko_gen.emit.code.statements import Keyword
from naftiko_gen.emit.files import TableView, is_long
from naftiko_gen.emit.literals import (
    Code,
    bare,
    docstring,
    py,
    url_path,
)
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.guards import declared_authentication
from naftiko_gen.emit.types.inputs import (
    InputView,
    TypeWriter,
    input_row,
    input_view,
)
from naftiko_gen.language.names import env_name

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods of routes that the runtime takes for ones that change nothing."""


@dataclass(frozen=True)
class RouteView:
    """A route; long inputs stand in the JSON file of the module, in a row."""

    method: str
    path: Code
    coroutine: Code
    inputs: tuple[InputView, ...]
    row: str | None
    changes: bool | None
    """Whether a call may change state, if its method says otherwise."""


@dataclass(frozen=True)
class ForwardedRoute:
    """A route whose requests are passed on, with some headers of trusted clients."""

    path: Code
    coroutine: Code
    trusted: tuple[Code, ...]


@dataclass(frozen=True)
class RestView(TableView):
    """The variables of `rest.py.jinja`."""

    docstring: Code
    has_client: bool
    client: Code
    openapi_file: str
    has_reference: bool
    prefix: str
    """The prefix of the adapter's environment variables."""
    authentication: Code | None
    functions: tuple[FunctionView, ...]
    routes: tuple[RouteView, ...]
    forwards: tuple[ForwardedRoute, ...]
    kinds: tuple[Code, ...]
    """The classes of the inputs in the table."""


def rest_view(adapter: ir.RestAdapter, emission: Emission) -> RestView:
    """Return the view of a REST adapter."""
    names = emission.names
    routes = _routes(adapter, emission)
    description = adapter.description or f"REST adapter of {names.capability.label}"
    return RestView(
        docstring=docstring(description, indent=0),
        has_client=emission.capability.has_client,
        client=emission.client(),
        openapi_file=f"{names.openapi_file(adapter)}.json",
        has_reference=emission.has_api_docs,
        prefix=env_name(adapter.namespace),
        authentication=declared_authentication(adapter, emission.capability),
        functions=functions(routes.performances),
        routes=tuple(routes.performed),
        forwards=tuple(routes.forwards),
        kinds=tuple(map(bare, routes.kinds)),
        table=routes.table,
    )


@dataclass(frozen=True)
class _Routes:
    """Declarations of routes, and the functions of routes that don't forward."""

    types: TypeWriter
    performed: list[RouteView] = field(default_factory=list)
    performances: list[Performance] = field(default_factory=list)
    forwards: list[ForwardedRoute] = field(default_factory=list)
    table: dict[str, Plain] = field(default_factory=dict)
    """The long lists of inputs, which stand in the JSON file of the module."""
    kinds: dict[str, None] = field(default_factory=dict)
    """The classes of the inputs in the table."""


def _routes(adapter: ir.RestAdapter, emission: Emission) -> _Routes:
    routes = _Routes(TypeWriter(emission.input_types.names))
    for route, name in emission.names.routes(adapter):
        match route.implementation:
            case ir.ProjectedCall() | ir.Flow():
                performing = performance(route, name, emission)
                routes.performances.append(performing)
                routes.performed.append(_route(route, performing, adapter, routes))
            case ir.Forward(upstream=upstream, trusted=trusted_headers, tail=tail):
                coroutine = emission.names.forward(upstream)
                headers = tuple(map(py, trusted_headers))
                path = _path(route, adapter, tail)
                routes.forwards.append(ForwardedRoute(path, coroutine, headers))
            case _:
                assert_never(route.implementation)
    return routes


def _route(
    route: ir.Route, performing: Performance, adapter: ir.RestAdapter, routes: _Routes
) -> RouteView:
    variables = route_variables(route, adapter)
    inputs = [
        _Input(value, argument, *_place(value, argument, variables))
        for value, argument in performing.arguments.items()
    ]
    rows = [source.row(routes.types.names) for source in inputs]
    row = route.name if is_long([*rows]) else None
    if row is not None:
        routes.table[row] = [*rows]
        routes.kinds.update(dict.fromkeys(str(entry["kind"]) for entry in rows))
        inputs = []
    return RouteView(
        method=route.method,
        path=_path(route, adapter),
        coroutine=performing.coroutine,
        inputs=tuple(source.view(routes.types) for source in inputs),
        row=row,
        changes=_changes(route),
    )


def _changes(route: ir.Route) -> bool | None:
    """Return whether a call may change state, None if the runtime knows it as well."""
    changes = ir.may_change(route.implementation)
    return None if changes is (route.method not in _SAFE) else changes


@dataclass(frozen=True)
class _Input:
    """An input of a route: its place, and the arguments that only the place has."""

    value: Value
    argument: Code
    place: str
    own_options: dict[str, Plain] = field(default_factory=dict)

    def row(self, names: Mapping[ir.Type, str]) -> dict[str, Plain]:
        """Return its row in the JSON file of the module."""
        source, options = self.value.source, self.own_options
        return input_row(source, self.argument, names, self.place, options)

    def view(self, types: TypeWriter) -> InputView:
        """Return its declaration."""
        return replace(
            input_view(self.value.source, self.argument, types),
            place=bare(self.place),
            options=tuple(
                Keyword(bare(name), py(value))
                for name, value in self.own_options.items()
            ),
        )


def _place(
    value: Value, argument: Code, variables: dict[str, Code]
) -> tuple[str, dict[str, Plain]]:
    """Return the class of an input's place, and the arguments that only it has."""
    source = value.source
    match source.location:
        case ir.InPath():
            variable = variables[source.name]
            return "Path", {} if variable == argument else {"variable": str(variable)}
        case ir.InQuery():
            return "Query", {}
        case ir.InHeader():
            return "Header", {}
        case ir.InCookie():
            return "Cookie", {}
        case ir.InBody():
            return "Body" if value.is_bytes else "JsonBody", {}
        case ir.InText():
            return "TextBody", {}
        case ir.InContent(media_type=media_type):
            return "RawBody", {"media_type": media_type}
        case ir.InField(path=path):
            return "Member", {} if path == (source.name,) else {"path": [*path]}
        case ir.InArguments():
            raise TypeError(f"a route has no argument {source.name!r}")
        case _:
            assert_never(source.location)


def _path(
    route: ir.Route, adapter: ir.RestAdapter, tail: ir.Input | None = None
) -> Code:
    """Return a path in the syntax of Starlette; a tail has several segments."""
    variables = route_variables(route, adapter)
    parts = (
        url_path(part) if isinstance(part, str) else _variable(part, variables, tail)
        for part in route.route
    )
    return py("".join(parts))


def _variable(
    source: ir.Input, variables: dict[str, Code], tail: ir.Input | None
) -> str:
    return f"{{{variables[source.name]}{':path' if source == tail else ''}}}"
