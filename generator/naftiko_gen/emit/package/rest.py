"""`rest.py`: a handler for each route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import (
    Code,
    bare,
    docstring,
    fill,
    join,
    py,
    url_path,
    verbatim,
)
from naftiko_gen.emit.package.calls import Handling
from naftiko_gen.emit.package.expressions import kind
from naftiko_gen.emit.package.routing import route_variables
from naftiko_gen.ir import (
    Array,
    InArguments,
    InBody,
    InContent,
    InField,
    InHeader,
    InPath,
    InQuery,
    InText,
)
from naftiko_gen.language.names import env_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import Input, RestAdapter, Route


@dataclass(frozen=True)
class HandlerView:
    """A coroutine that answers one method of one route."""

    name: Code
    docstring: Code
    statements: tuple[Code, ...]
    reply: Code


@dataclass(frozen=True)
class RouteView:
    """A path and the handlers of its methods."""

    path: Code
    handlers: Code


@dataclass(frozen=True)
class RestView:
    """The variables of `rest.py.jinja`."""

    docstring: Code
    imports: Code
    client: Code
    openapi_file: Code
    reference: Code
    prefix: Code
    """The prefix of the adapter's environment variables."""
    handlers: tuple[HandlerView, ...]
    routes: tuple[RouteView, ...]


def rest_view(adapter: RestAdapter, emission: Emission) -> RestView:
    """Return the view of a REST adapter."""
    names, imports = emission.names, _imports(emission)
    handlers = tuple(
        _handler(route, name, adapter, emission, imports)
        for route, name in names.routes(adapter)
    )
    description = adapter.description or f"REST adapter of {names.capability.label}"
    return RestView(
        docstring=docstring(description, indent=0),
        imports=imports.code(),
        client=names.client,
        openapi_file=py(f"{names.openapi_file(adapter)}.json"),
        reference=verbatim(", reference()") if emission.has_api_docs else verbatim(""),
        prefix=py(env_name(adapter.namespace)),
        handlers=handlers,
        routes=tuple(_routes(adapter, emission)),
    )


def _imports(emission: Emission) -> Imports:
    imports = emission.imports()
    imports.add("collections.abc", "Sequence")
    imports.add("pathlib", "Path")
    imports.add("starlette.applications", "Starlette")
    imports.add("starlette.middleware", "Middleware")
    if emission.has_api_docs:
        imports.use("reference")
    imports.use("Call", "Endpoint", "create_rest_app")
    imports.use("Guard", "guards_or_default")
    imports.use("Reply")
    imports.add(".client", "Connect", emission.names.client, "connect")
    return imports


def _handler(
    route: Route,
    name: Code,
    adapter: RestAdapter,
    emission: Emission,
    imports: Imports,
) -> HandlerView:
    request = _Request(route_variables(route, adapter), imports)
    handling = Handling(
        emission, imports, verbatim("call.client"), request.value, request.entity
    )
    return HandlerView(
        name=name,
        docstring=docstring(route.description, indent=4),
        statements=(*_fields(route), *handling.checks(route)),
        reply=handling.reply(route),
    )


def _fields(route: Route) -> Iterator[Code]:
    """Yield the statement that reads the body, if inputs are members of it."""
    if any(isinstance(source.location, InField) for source in route.inputs):
        yield verbatim("fields = await call.fields()")


@dataclass(frozen=True)
class _Request:
    """Writes the expressions by which a handler reads its inputs."""

    variables: dict[str, Code]
    imports: Imports

    def entity(self, source: Input) -> Code:
        """Return the expression of an input that becomes the body: its bytes."""
        if not isinstance(source.location, InBody):
            return self.value(source)
        reader = verbatim("body") if source.required else verbatim("optional_body")
        return fill("await call.{}({})", reader, self._kind(source))

    def value(self, source: Input) -> Code:
        """Return the expression that reads and checks an input."""
        match source.location:
            case InPath():
                return self._path(source)
            case InQuery() if isinstance(source.type, Array):
                return self._read_named(verbatim("query_list"), source)
            case InQuery():
                return self._read_named(verbatim("query"), source)
            case InHeader():
                return self._read_named(verbatim("header"), source)
            case InBody():
                return self._body(source)
            case InText():
                return self._raw("text", source)
            case InContent(media_type=media_type):
                return self._raw("content", source, py(media_type))
            case InField(path=path):
                return self._field(path, source)
            case InArguments():
                raise TypeError(f"a route has no argument {source.name!r}")
            case _:
                assert_never(source.location)

    def _path(self, source: Input) -> Code:
        variable = self.variables[source.name]
        arguments = [py(str(variable)), self._kind(source)]
        if variable != source.name:
            arguments.append(py(source.name))
        return fill("call.path({})", join(", ", arguments))

    def _read_named(self, reader: Code, source: Input) -> Code:
        prefix = verbatim("required_") if source.required else verbatim("")
        arguments = join(", ", (py(source.name), self._kind(source)))
        return fill("call.{}{}({})", prefix, reader, arguments)

    def _body(self, source: Input) -> Code:
        reader = verbatim("json") if source.required else verbatim("optional_json")
        return fill("await call.{}({})", reader, self._kind(source))

    def _raw(self, content: str, source: Input, *arguments: Code) -> Code:
        reader = f"required_{content}" if source.required else f"optional_{content}"
        self.imports.use(reader)
        call_arguments = join(", ", (verbatim("call"), *arguments))
        return fill("await {}({})", bare(reader), call_arguments)

    def _field(self, path: tuple[str, ...], source: Input) -> Code:
        method = verbatim("required") if source.required else verbatim("optional")
        *outer, last = path
        parents = join("", [fill(".inside({})", py(key)) for key in outer])
        arguments = join(", ", (py(last), self._kind(source)))
        return fill("fields{}.{}({})", parents, method, arguments)

    def _kind(self, source: Input) -> Code:
        """Return the input's kind; of a repeated input, its elements' kind."""
        if isinstance(source.location, InQuery) and isinstance(source.type, Array):
            return kind(source.type.items, self.imports)
        return kind(source.type, self.imports)


def _routes(adapter: RestAdapter, emission: Emission) -> Iterator[RouteView]:
    """Yield the paths in the adapter's order, each with all its handlers."""
    paths: dict[Code, list[Code]] = {}
    for route, name in emission.names.routes(adapter):
        handler = fill("{}={}", bare(route.method), name)
        paths.setdefault(_path(route, adapter), []).append(handler)
    for path, handlers in paths.items():
        yield RouteView(path=path, handlers=join(", ", handlers))


def _path(route: Route, adapter: RestAdapter) -> Code:
    """Return a path in the syntax of Starlette."""
    variables = route_variables(route, adapter)
    parts = (
        url_path(part) if isinstance(part, str) else f"{{{variables[part.name]}}}"
        for part in route.route
    )
    return py("".join(parts))
