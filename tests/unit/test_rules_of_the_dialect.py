"""Documents without assumptions, and the meaning of paths, variables and routes."""

from collections.abc import Callable, Sequence

import pytest
from documents import capability, document, findings, resolve, routes, tools, upstream
from starlette.responses import Response
from starlette.routing import Match, Route

from naftiko_gen import ir

GET = "- {name: find, method: GET}\n"
TOOL = "- {name: find, description: Finds., call: api.find}\n"
ROUTE = "- {method: GET, name: find, description: Finds., call: api.find}\n"


def tool(arguments: str = "", more: str = "") -> str:
    """Return a server whose tool has these arguments, and other keys."""
    return tools(_unit("- name: find\n", arguments, more))


def route(
    arguments: str = "", more: str = "", path: str = "/v1/things", method: str = "GET"
) -> str:
    unit = _unit(f"- name: find\n  method: {method}\n", arguments, more)
    return routes(unit, path)


def _unit(head: str, arguments: str, more: str) -> str:
    line = f"  with: {arguments}\n" if arguments else ""
    return f"{head}  description: Finds.\n  call: api.find\n{line}{more}"


def takes(parameters: str, method: str = "GET", path: str = "/things") -> str:
    """Return an upstream whose operation has these parameters."""
    lines = f"- name: find\n  method: {method}\n  inputParameters: [{parameters}]\n"
    return upstream(lines, path)


def answers(outputs: str) -> str:
    return document(upstream(GET), tool("", f"  outputParameters: [{outputs}]\n"))


def serve_routes(*operations: tuple[str, str]) -> str:
    """Return a REST adapter with a GET for each path and name."""
    resources = "".join(
        f"  - path: {path}\n    operations:\n    - {{method: GET, name: {name},"
        " description: D., call: api.find}\n"
        for path, name in operations
    )
    return f"- type: rest\n  namespace: r\n  port: 8080\n  resources:\n{resources}"


def with_skills(skills: str) -> str:
    lines = "".join(f"  {line}\n" for line in skills.splitlines())
    return tools(TOOL) + "- type: skill\n  namespace: clerk\n" + lines


FROM = "from: {sourceNamespace: things-mcp, action: find}"


# --- documents without assumptions ---


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(document(upstream(GET), routes(ROUTE)), id="a clean document"),
        pytest.param(
            document(
                upstream(GET),
                with_skills(
                    "port: 7070\nskills:\n- name: s\n  description: S.\n"
                    "  location: file:///opt/skills/s\n  allowed-tools: one\n"
                    f"  tools: [{{name: one, description: One., {FROM}}}]"
                ),
            ),
            id="16 a skill that lies elsewhere",
        ),
        pytest.param(
            document(
                upstream("- {name: Find_It, method: GET}\n").replace(
                    "api\n", "My Api\n"
                ),
                tools("- {name: F, description: F., call: My Api.Find_It}\n"),
            ),
            id="24 names in any spelling",
        ),
        *(
            pytest.param(
                document(
                    upstream(
                        f"- {{name: find, method: GET, outputRawFormat: {raw}}}\n"
                    ),
                    tools(TOOL),
                ),
                id=f"36 {raw}",
            )
            for raw in ("text", "binary")
        ),
        pytest.param(
            document(
                takes("{name: q, in: query}"),
                route(
                    "{q: things-rest.q}",
                    "  inputParameters:\n"
                    "  - {name: q, in: query, type: string, required: true}\n",
                ),
            ),
            id="43 an input that is required",
        ),
        pytest.param(answers("{type: integer, mapping: $.a}"), id="44 integer"),
        *(
            pytest.param(
                document(
                    upstream(f"- {{name: find, method: {method}}}\n"),
                    route(method=method),
                ),
                id=f"51 {method}",
            )
            for method in ("HEAD", "OPTIONS")
        ),
    ],
)
def test_documents_without_assumptions_have_no_report(text: str) -> None:
    result, _ = resolve(text)

    assert result is not None
    assert findings(text) == []


# --- necessity ---


@pytest.mark.parametrize(
    ("key", "path", "required"),
    [
        ("in: query", "/things", False),
        ("in: header", "/things", False),
        ("in: body", "/things", False),
        ("in: query, required: false", "/things", False),
        ("in: query, required: true", "/things", True),
        ("in: path", "/things/{{q}}", True),
        ("in: path, required: false", "/things/{{q}}", True),
        ("in: query", "/things/{{q}}", True),
    ],
)
def test_required_keys_of_a_parameter(key: str, path: str, required: bool) -> None:
    method = "POST" if "body" in key else "GET"
    consumes = takes(f"{{name: q, {key}}}", method, path)
    result = capability(document(consumes, tools(TOOL)))

    assert [p.required for p in result.operations[0].parameters] == [required]
    assert [i.required for i in result.tools[0].inputs] == [required]


# --- variables of base URIs ---


@pytest.mark.parametrize(
    ("uri", "variable"),
    [
        ("{region}", "API_REGION"),
        ("${REGION}", "REGION"),
        ("{{REGION}}", "REGION"),
        ("{{env.REGION}}", "REGION"),
        ("${region}", "region"),
        ("{{region}}", "region"),
    ],
)
def test_a_variable_of_a_base_uri_is_a_setting_and_no_input(
    uri: str, variable: str
) -> None:
    """Not even where a route, an input and a parameter have its name."""
    consumes = takes("{name: region, in: query}").replace(
        "api.example.com", f"{uri}.example.com"
    )
    inputs = "  inputParameters: [{name: region, in: path, type: string}]\n"
    exposes = route("{region: things-rest.region}", inputs, "/{region}")
    result = capability(
        document(
            consumes.replace("https:", '"https:', 1).replace(
                "example.com\n", 'example.com"\n', 1
            ),
            exposes + tools(TOOL),
        )
    )

    settings = [
        part
        for part in result.operations[0].upstream.base_uri
        if not isinstance(part, str)
    ]
    assert [setting.name for setting in settings] == [variable]
    assert [i.name for i in result.routes[0].inputs] == ["region"]
    assert [i.name for i in result.tools[0].inputs] == ["region"]
    assert [place for place, _ in result.operations[0].query] == ["region"]


# --- routes ---


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
