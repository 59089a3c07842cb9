"""Routes: as their author reads them, and as one path that several may share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import assign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import Input, RestAdapter, Route


def route_template(route: Iterable[str | Input]) -> str:
    """Return a route as its author reads it: `/runs/{run_id}`."""
    return "".join(
        part if isinstance(part, str) else f"{{{part.name}}}" for part in route
    )


def spelling(operation: Route, adapter: RestAdapter) -> Route:
    """Return the operation whose route spells the path of this one.

    Routes that differ in the names of their variables alone are one path, which has the
    names of the first.
    """
    return adapter.first(operation.path)


def route_variables(operation: Route, adapter: RestAdapter) -> dict[str, Code]:
    """Return the Python name that each variable of a route has in its path."""
    shared = _variables(spelling(operation, adapter))
    names = assign(shared)
    own = _variables(operation)
    return {mine: names[its] for mine, its in zip(own, shared, strict=True)}


def _variables(operation: Route) -> list[str]:
    return [part.name for part in operation.route if not isinstance(part, str)]
