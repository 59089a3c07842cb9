"""`rest.py`: the table of routes, and functions for those that shape or map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import (
    Code,
    docstring,
    fill,
    join,
    py,
    url_path,
    verbatim,
)
from naftiko_gen.emit.package.calls import functions, performance
from naftiko_gen.emit.package.clients import declared_authentication
from naftiko_gen.emit.package.input_types import TypeWriter
from naftiko_gen.emit.package.routing import route_variables
from naftiko_gen.ir import (
    Flow,
    Forward,
    InArguments,
    InBody,
    InContent,
    InCookie,
    InField,
    InHeader,
    InPath,
    InQuery,
    InText,
    ProjectedCall,
)
from naftiko_gen.language.names import env_name

if TYPE_CHECKING:
    from naftiko_gen.emit.package.calls import FunctionView, Performance, Value
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Input, RestAdapter, Route


@dataclass(frozen=True)
class RestView:
    """The variables of `rest.py.jinja`."""

    docstring: Code
    has_client: bool
    openapi_file: Code
    has_reference: bool
    prefix: Code
    """The prefix of the adapter's environment variables."""
    authentication: Code | None
    functions: tuple[FunctionView, ...]
    routes: tuple[Code, ...]
    type: Code | None
    """The annotation of the routes, if their type can't be inferred."""


def rest_view(adapter: RestAdapter, emission: Emission) -> RestView:
    """Return the view of a REST adapter."""
    names = emission.names
    routes = _routes(adapter, emission)
    authentication = declared_authentication(adapter, emission.capability)
    description = adapter.description or f"REST adapter of {names.capability.label}"
    return RestView(
        docstring=docstring(description, indent=0),
        has_client=emission.capability.has_client,
        openapi_file=py(f"{names.openapi_file(adapter)}.json"),
        has_reference=emission.has_api_docs,
        prefix=py(env_name(adapter.namespace)),
        authentication=authentication,
        functions=functions(routes.performances),
        routes=(*routes.performed, *routes.forwards),
        type=_type(routes, names),
    )


@dataclass(frozen=True)
class _Routes:
    """Declarations of routes, and the functions of routes that don't forward."""

    performed: list[Code] = field(default_factory=list)
    performances: list[Performance] = field(default_factory=list)
    forwards: list[Code] = field(default_factory=list)


def _routes(adapter: RestAdapter, emission: Emission) -> _Routes:
    routes = _Routes()
    types = TypeWriter(emission.input_types.names)
    for route, name in emission.names.routes(adapter):
        match route.implementation:
            case ProjectedCall() | Flow():
                performing = performance(route, name, emission)
                routes.performances.append(performing)
                routes.performed.append(_route(route, performing, adapter, types))
            case Forward() as forward:
                path = _path(route, adapter, forward.tail)
                routes.forwards.append(_forward(path, forward, emission))
            case _:
                assert_never(route.implementation)
    return routes


def _route(
    route: Route, performing: Performance, adapter: RestAdapter, types: TypeWriter
) -> Code:
    """Return the declaration of a route; without inputs it has no list of them."""
    arguments = [py(route.method), _path(route, adapter), performing.coroutine]
    if performing.arguments:
        variables = route_variables(route, adapter)
        inputs = [
            _input(value, argument, variables, types)
            for value, argument in performing.arguments.items()
        ]
        arguments.append(fill("[{}]", join(", ", inputs)))
    return fill("Route({})", join(", ", arguments))


def _forward(path: Code, forward: Forward, emission: Emission) -> Code:
    """Return the declaration of a route that forwards requests."""
    coroutine = emission.names.forward(forward.upstream)
    arguments = [path, fill("{}.{}", emission.names.client, coroutine)]
    if forward.trusted:
        headers = join(", ", map(py, forward.trusted))
        arguments.append(fill("trusted=[{}]", headers))
    return fill("Forward({})", join(", ", arguments))


def _type(routes: _Routes, names: Names) -> Code | None:
    """Return the annotation of routes of both kinds."""
    if not (routes.performed and routes.forwards):
        return None
    return fill("list[Route[{}] | Forward[{}]]", names.client, names.client)


def _input(
    value: Value, argument: Code, variables: dict[str, Code], types: TypeWriter
) -> Code:
    """Return the declaration of an input: its place, name, type and argument."""
    source = value.source
    place, *options = _place(value, argument, variables)
    if source.default is not None:
        place = fill("Default{}", place)
        options.append(fill("default={}", py(source.default.value)))
    arguments = [py(source.name)]
    if not isinstance(source.location, InText | InContent):
        arguments.append(types.input_type(source))
    arguments += options
    if not source.is_demanded:
        arguments.append(verbatim("required=False"))
    if argument != source.name:
        arguments.append(fill("keyword={}", py(str(argument))))
    return fill("{}({})", place, join(", ", arguments))


def _place(
    value: Value, argument: Code, variables: dict[str, Code]
) -> tuple[Code, ...]:
    """Return the class of an input's place, and the arguments that only it has."""
    source = value.source
    match source.location:
        case InPath():
            variable = variables[source.name]
            if variable == argument:
                return (verbatim("Path"),)
            return verbatim("Path"), fill("variable={}", py(str(variable)))
        case InQuery():
            return (verbatim("Query"),)
        case InHeader():
            return (verbatim("Header"),)
        case InCookie():
            return (verbatim("Cookie"),)
        case InBody():
            return (verbatim("Body") if value.is_bytes else verbatim("JsonBody"),)
        case InText():
            return (verbatim("TextBody"),)
        case InContent(media_type=media_type):
            return verbatim("RawBody"), fill("media_type={}", py(media_type))
        case InField(path=path):
            if path == (source.name,):
                return (verbatim("Member"),)
            return verbatim("Member"), fill("path=[{}]", join(", ", map(py, path)))
        case InArguments():
            raise TypeError(f"a route has no argument {source.name!r}")
        case _:
            assert_never(source.location)


def _path(route: Route, adapter: RestAdapter, tail: Input | None = None) -> Code:
    """Return a path in the syntax of Starlette; a tail has several segments."""
    variables = route_variables(route, adapter)
    parts = (
        url_path(part) if isinstance(part, str) else _variable(part, variables, tail)
        for part in route.route
    )
    return py("".join(parts))


def _variable(source: Input, variables: dict[str, Code], tail: Input | None) -> str:
    return f"{{{variables[source.name]}{':path' if source == tail else ''}}}"
