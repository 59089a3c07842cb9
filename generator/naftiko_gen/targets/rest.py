"""`rest.py`: a handler for each route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.imports import Imports
from naftiko_gen.ir import (
    Array,
    Identity,
    InArguments,
    InBody,
    InField,
    InHeader,
    InPath,
    InQuery,
)
from naftiko_gen.literals import (
    Code,
    bare,
    docstring,
    fill,
    join,
    py,
    url_path,
    verbatim,
)
from naftiko_gen.naming import assign
from naftiko_gen.targets.calls import Reading, call_expression, unused_inputs
from naftiko_gen.targets.expressions import kind
from naftiko_gen.targets.names import route_shape

if TYPE_CHECKING:
    from naftiko_gen.ir import Input, RestAdapter, RestOperation
    from naftiko_gen.targets.names import Names
    from naftiko_gen.targets.outputs import Outputs


@dataclass(frozen=True)
class HandlerView:
    """A coroutine that answers one method of one route."""

    name: Code
    docstring: Code
    statements: tuple[Code, ...]
    result: Code


@dataclass(frozen=True)
class RouteView:
    """A path and the handlers of its methods."""

    path: Code
    handlers: Code


@dataclass(frozen=True)
class RestView:
    """What `rest.py.jinja` shows."""

    source: Code
    docstring: Code
    imports: Code
    client: Code
    openapi_file: Code
    handlers: tuple[HandlerView, ...]
    routes: tuple[RouteView, ...]


def rest_view(
    adapter: RestAdapter, names: Names, outputs: Outputs, source: Code
) -> RestView:
    """Return the view of a REST adapter."""
    imports = Imports()
    imports.add("pathlib", "Path")
    imports.add("starlette.applications", "Starlette")
    imports.add("._rest", "Call", "Endpoint", "create_rest_app")
    imports.add("._upstream", "Reply")
    imports.add(".client", "Connect", names.client, "connect")
    handlers = tuple(
        _handler(operation, adapter, name, names, outputs, imports)
        for operation, name in zip(
            adapter.operations, names.routes(adapter), strict=True
        )
    )
    return RestView(
        source=source,
        docstring=docstring(adapter.description or _described(names), indent=0),
        imports=imports.code(),
        client=names.client,
        openapi_file=py(f"{names.openapi_file(adapter)}.json"),
        handlers=handlers,
        routes=_routes(adapter, names),
    )


def _described(names: Names) -> str:
    return f"REST adapter for {names.capability.label}"


def _handler(
    operation: RestOperation,
    adapter: RestAdapter,
    name: Code,
    names: Names,
    outputs: Outputs,
    imports: Imports,
) -> HandlerView:
    reader = _Reader(operation, route_variables(operation, adapter), imports)
    result = call_expression(
        operation.call,
        names,
        Reading(value=reader.expression, entity=reader.entity),
        verbatim("call.client"),
        imports,
    )
    if not isinstance(operation.output, Identity):
        imports.add(".", "outputs")
        imports.add("._shapes", "shape")
        shaped = outputs.name(operation.output)
        result = fill("shape({}, outputs.{})", result, shaped)
    checks = tuple(reader.expression(one) for one in unused_inputs(operation))
    return HandlerView(
        name=name,
        docstring=docstring(operation.description, indent=4),
        statements=(*reader.statements(), *checks),
        result=result,
    )


class _Reader:
    """Writes how a handler reads its inputs from the request."""

    def __init__(
        self, operation: RestOperation, variables: dict[str, Code], imports: Imports
    ) -> None:
        self._operation = operation
        self._variables = variables
        self._imports = imports

    def entity(self, source: Input) -> Code:
        """Return the expression of an input that becomes the body: its bytes."""
        if not isinstance(source.location, InBody):
            return self.expression(source)
        how = verbatim("body") if source.required else verbatim("optional_body")
        return fill("await call.{}({})", how, self._kind(source))

    def statements(self) -> tuple[Code, ...]:
        """Return what comes before the inputs are read."""
        in_body = any(isinstance(i.location, InField) for i in self._operation.inputs)
        return (verbatim("fields = await call.fields()"),) if in_body else ()

    def expression(self, source: Input) -> Code:
        """Return the expression that reads and checks an input."""
        match source.location:
            case InPath():
                return self._path(source)
            case InQuery() if isinstance(source.type, Array):
                return self._named(verbatim("query_list"), source)
            case InQuery():
                return self._named(verbatim("query"), source)
            case InHeader():
                return self._named(verbatim("header"), source)
            case InBody():
                how = verbatim("json") if source.required else verbatim("optional_json")
                return fill("await call.{}({})", how, self._kind(source))
            case InField(path=path):
                return self._field(path, source)
            case InArguments():
                raise TypeError(f"a route has no argument {source.name!r}")
            case _:
                assert_never(source.location)

    def _path(self, source: Input) -> Code:
        variable = self._variables[source.name]
        arguments = [py(str(variable)), self._kind(source)]
        if variable != source.name:
            arguments.append(py(source.name))
        return fill("call.path({})", join(", ", arguments))

    def _named(self, reader: Code, source: Input) -> Code:
        prefix = verbatim("required_") if source.required else verbatim("")
        arguments = join(", ", (py(source.name), self._kind(source)))
        return fill("call.{}{}({})", prefix, reader, arguments)

    def _field(self, path: tuple[str, ...], source: Input) -> Code:
        must = verbatim("required") if source.required else verbatim("optional")
        *outer, last = path
        inside = [fill(".inside({})", py(key)) for key in outer]
        arguments = join(", ", (py(last), self._kind(source)))
        return fill("fields{}.{}({})", join("", inside), must, arguments)

    def _kind(self, source: Input) -> Code:
        """Return the input's kind; its elements' kind where the request repeats it."""
        if isinstance(source.location, InQuery) and isinstance(source.type, Array):
            return kind(source.type.items, self._imports)
        return kind(source.type, self._imports)


def route_variables(operation: RestOperation, adapter: RestAdapter) -> dict[str, Code]:
    """Return the name that a route's variables have in Starlette, by the wire's.

    Routes that differ in the names of their variables alone are one path: they share
    the names of the first.
    """
    shape = route_shape(operation)
    first = next(one for one in adapter.operations if route_shape(one) == shape)
    wanted = _variable_names(first)
    names = assign(wanted)
    own = _variable_names(operation)
    return {mine: names[its] for mine, its in zip(own, wanted, strict=True)}


def _variable_names(operation: RestOperation) -> list[str]:
    return [part.name for part in operation.route if not isinstance(part, str)]


def _routes(adapter: RestAdapter, names: Names) -> tuple[RouteView, ...]:
    """Return the paths in the adapter's order, with the handlers of each together."""
    paths: dict[Code, list[Code]] = {}
    for operation, name in zip(adapter.operations, names.routes(adapter), strict=True):
        handler = fill("{}={}", bare(operation.method), name)
        paths.setdefault(_starlette_path(operation, adapter), []).append(handler)
    return tuple(
        RouteView(path=path, handlers=join(", ", handlers))
        for path, handlers in paths.items()
    )


def _starlette_path(operation: RestOperation, adapter: RestAdapter) -> Code:
    variables = route_variables(operation, adapter)
    parts = [
        url_path(part) if isinstance(part, str) else f"{{{variables[part.name]}}}"
        for part in operation.route
    ]
    return py("".join(parts))
