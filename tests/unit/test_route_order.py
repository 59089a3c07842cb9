"""Routes: routers reach each of them, and their order is only said if it matters."""

from collections.abc import Callable, Sequence

import pytest
from documents import capability, document, findings, upstream
from starlette.responses import Response
from starlette.routing import Match, Route

from naftiko_gen import ir

GET = "- {name: find, method: GET}\n"


def serve_routes(*operations: tuple[str, str]) -> str:
    """Return a REST adapter with a GET for each path and name."""
    resources = "".join(
        f"  - path: {path}\n    operations:\n    - {{method: GET, name: {name},"
        " description: D., call: api.find}\n"
        for path, name in operations
    )
    return f"- type: rest\n  namespace: r\n  port: 8080\n  resources:\n{resources}"


@pytest.mark.parametrize(
    "paths",
    [
        ["/a/{x}", "/a/b"],
        ["/a/b", "/a/{x}"],
        ["/{x}/{y}", "/{x}/b", "/a/{y}", "/a/b"],
        ["/a/{x}", "/a/{y}", "/a/{z}"],
        ["/a/{x}", "/a/{y}/b", "/a/{z}/{w}", "/a/c/{w}"],
        ["/a/{x}", "/a/v-{x}", "/a/v-1"],
        ["/a", "/a/", "/{x}"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("methods", ["GET", "GET POST", "DELETE GET POST"])
def test_every_route_is_reached(paths: list[str], methods: str) -> None:
    wanted = methods.split()
    resources = "".join(
        f"  - path: '{path}'\n    operations:\n"
        + "".join(
            f"    - {{method: {method}, name: o{number}-{method}, call: api.find}}\n"
            for method in wanted
        )
        for number, path in enumerate(paths)
    )
    adapter = f"- type: rest\n  namespace: r\n  port: 8080\n  resources:\n{resources}"
    exposed = capability(document(upstream(GET), adapter)).rest[0].routes

    assert len(exposed) == len(paths) * len(wanted)
    for operation in exposed:
        path = _path(operation, lambda _: "something")
        assert _match_route(exposed, operation.method, path) is operation


def _path(operation: ir.Route, value: Callable[[str], str]) -> str:
    return "".join(p if isinstance(p, str) else value(p.name) for p in operation.route)


def _match_route(
    operations: Sequence[ir.Route], method: str, path: str
) -> ir.Route | None:
    """Return the route that a router chooses: the first that matches."""
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    return next(
        (
            operation
            for operation in operations
            if Route(
                _path(operation, "{{{}}}".format),
                lambda _: Response(),
                methods=[operation.method],
            ).matches(scope)[0]
            is Match.FULL
        ),
        None,
    )


@pytest.mark.parametrize(
    ("earlier", "later", "method"),
    [
        ("/a/b", "/a/{x}", "GET"),
        ("/a/{x}", "/a/b", "POST"),
        ("/a/{x}/c", "/a/b", "GET"),
        ("/a/{x}", "/a/b/c", "GET"),
        ("/a/{x}/c", "/a/b/{y}", "GET"),
    ],
)
def test_an_order_that_does_not_matter_is_not_reported(
    earlier: str, later: str, method: str
) -> None:
    text = document(
        upstream(GET), serve_routes((earlier, "one"), (later, "two"))
    ).replace("GET, name: two", f"{method}, name: two")

    assert "route-order" not in [slug for slug, _ in findings(text)]
