"""Routes, as written in the spec and as paths that several routes may share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import assign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import Input, RestAdapter, Route


def route_template(route: Iterable[str | Input]) -> str:
    """Return a route as written in the spec: `/runs/{run_id}`."""
    return "".join(
        part if isinstance(part, str) else f"{{{part.name}}}" for part in route
    )


def spelling(route: Route, adapter: RestAdapter) -> Route:
    """Return the route that names the variables in this route's path.

    Routes that differ only in the names of their variables share a path, with the names
    of the first route.
    """
    return adapter.first(route.path)


def route_variables(route: Route, adapter: RestAdapter) -> dict[str, Code]:
    """Return the Python name that each variable of a route has in its path."""
    shared_names = _variables(spelling(route, adapter))
    names = assign(shared_names)
    own = _variables(route)
    return {
        name: names[shared_name]
        for name, shared_name in zip(own, shared_names, strict=True)
    }


def _variables(route: Route) -> list[str]:
    return [part.name for part in route.route if not isinstance(part, str)]
