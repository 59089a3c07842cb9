"""`rest.py`: the table of routes, and functions for those that shape or map."""

from __future__ import annotations

from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.adapters.calls import Performance, Value, performance
from naftiko_gen.emit.code.names import route_variables
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.files import is_long
from naftiko_gen.emit.literals import Code, bare, docstring, py, url_path
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.guards import declared_authentication
from naftiko_gen.emit.types.inputs import DeclaredInput, TypeWriter
from naftiko_gen.language.names import env_name

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods of routes that the runtime takes for ones that change nothing."""


def rest_view(adapter: ir.RestAdapter, emission: Emission) -> View:
    """Return the view of a REST adapter."""
    names = emission.names
    description = adapter.description or f"REST adapter of {names.capability.label}"
    view = View(
        docstring=docstring(description, indent=0),
        has_client=emission.capability.has_client,
        client=emission.client(),
        openapi_file=f"{names.openapi_file(adapter)}.json",
        has_reference=emission.has_api_docs,
        # Of the adapter's environment variables.
        prefix=env_name(adapter.namespace),
        authentication=declared_authentication(adapter, emission.capability),
        functions=[],
        routes=[],
        forwards=[],
        # The long lists of inputs, and the classes in them.
        table={},
        kinds=[],
    )
    for route, name in names.routes(adapter):
        _add_route(view, route, name, adapter, emission)
    rows = (row for rows in view.table.values() for row in rows)
    view.kinds = [*map(bare, dict.fromkeys(row["kind"] for row in rows))]
    return view


def _add_route(
    view: View, route: ir.Route, name: Code, adapter: ir.RestAdapter, emission: Emission
) -> None:
    match route.implementation:
        case ir.ProjectedCall() | ir.Flow():
            performing = performance(route, name, emission)
            view.functions += [performing.function] if performing.function else []
            view.routes.append(_route(route, performing, adapter, emission))
            if view.routes[-1].row is not None:
                view.table[route.name] = view.routes[-1].rows
        case ir.Forward(upstream=upstream, trusted=headers, tail=tail):
            forward = View(
                path=_path(route, adapter, tail),
                coroutine=emission.names.forward(upstream),
                # The headers of trusted clients that are passed on.
                trusted=[*map(py, headers)],
            )
            view.forwards.append(forward)
        case _:
            assert_never(route.implementation)


def _route(
    route: ir.Route,
    performing: Performance,
    adapter: ir.RestAdapter,
    emission: Emission,
) -> View:
    """Return a route; long inputs stand in the JSON file of the module, in a row."""
    types = TypeWriter(emission.input_types.names)
    variables = route_variables(route, adapter)
    inputs = [
        DeclaredInput(value.source, argument, *_place(value, argument, variables))
        for value, argument in performing.arguments.items()
    ]
    rows = [source.row(types.names) for source in inputs]
    is_in_table = is_long([*rows])
    changes = route.effect is not ir.Effect.READ
    return View(
        method=route.method,
        path=_path(route, adapter),
        coroutine=performing.coroutine,
        inputs=[] if is_in_table else [source.view(types) for source in inputs],
        row=route.name if is_in_table else None,
        rows=rows,
        # Whether a call may change state, if its method says otherwise.
        changes=None if changes is (route.method not in _SAFE) else changes,
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
    path = ""
    for part in route.route:
        if isinstance(part, str):
            path += url_path(part)
        else:
            path += f"{{{variables[part.name]}{':path' if part == tail else ''}}}"
    return py(path)
