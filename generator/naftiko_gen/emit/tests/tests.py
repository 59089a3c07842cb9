"""`tests/`: a test for every route and tool, with a recorder of the client's calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import Surface
from naftiko_gen.emit.files import TableView
from naftiko_gen.emit.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.emit.package.settings import settings
from naftiko_gen.emit.tests.cases import McpTests, ResourceTests, RestTests
from naftiko_gen.emit.tests.requests import base_uri_sample, setting_sample
from naftiko_gen.emit.tools.lists import listed_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.code.names import Names
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.tests.cases import CaseView
    from naftiko_gen.ir import Capability, McpAdapter, RestAdapter


@dataclass(frozen=True)
class ConftestView:
    """The variables of `conftest.py.jinja`."""

    client: Code | None
    """The class of the client, None without upstreams."""
    fixtures: Code
    settings: tuple[Code, ...]


@dataclass(frozen=True)
class RestTestsView(TableView):
    """The variables of `test_rest.py.jinja`."""

    has_client: bool
    arguments: Code
    """The arguments of `create_app`."""
    cases: tuple[CaseView, ...]


@dataclass(frozen=True)
class McpTestsView(TableView):
    """The variables of `test_mcp.py.jinja`; `units` are those that call the client."""

    docstring: Code
    has_client: bool
    units: Code
    cases: tuple[CaseView, ...]
    tool_names: Code | None
    has_dispatchers: bool
    resources: tuple[CaseView, ...]
    uris: Code | None
    files: Code | None
    prompt_names: Code | None


def conftest_view(emission: Emission) -> ConftestView:
    """Return the view of the tests' fixtures."""
    capability = emission.capability
    fixtures = ["anyio_backend"] if capability.mcp else []
    if capability.has_client:
        fixtures += ["connect", "recorder", "shared_recorder"]
    return ConftestView(
        client=emission.names.client if capability.has_client else None,
        fixtures=join(", ", map(py, fixtures)),
        settings=tuple(_settings(emission.names)),
    )


def _settings(names: Names) -> Iterator[Code]:
    for variable in settings(names.capability):
        yield fill("{}={}", names.setting(variable), py(setting_sample(variable)))
    for upstream in names.capability.upstreams:
        yield fill("{}={}", names.base_uri(upstream), py(base_uri_sample(upstream)))


def rest_tests_view(adapter: RestAdapter, emission: Emission) -> RestTestsView:
    """Return the view of a REST adapter's tests."""
    tests = RestTests(emission.names)
    table, others = tests.divide(tuple(emission.names.routes(adapter)))
    has_client = emission.capability.has_client
    arguments = [verbatim("connect")] if has_client else []
    if adapter.guard is not None:
        arguments.append(verbatim("authentication=None"))
    arguments_code = join(", ", arguments)
    return RestTestsView(has_client, arguments_code, tests.cases(others), table=table)


def mcp_tests_view(adapter: McpAdapter, emission: Emission) -> McpTestsView:
    """Return the view of an MCP adapter's tests."""
    names = emission.names
    tests = McpTests(names)
    table, others = tests.divide(tuple(names.tools(adapter)))
    return McpTestsView(
        docstring=_about(adapter, emission.capability),
        has_client=emission.capability.has_client,
        units=_units(adapter),
        cases=tests.cases(others),
        tool_names=_texts(listed_names(adapter, emission.capability)),
        has_dispatchers=adapter.surface in (Surface.GROUPED, Surface.SEARCH),
        resources=ResourceTests(names).cases(names.resources(adapter)),
        uris=_texts([resource.template for resource in adapter.contents]),
        files=_texts([file.uri for file in adapter.files]),
        prompt_names=_texts([prompt.name for prompt in adapter.prompts]),
        table=table,
    )


def _about(adapter: McpAdapter, capability: Capability) -> Code:
    """Return the docstring of an MCP adapter's tests."""
    if not adapter.tools:
        return docstring("The MCP adapter: its resources and prompts", indent=0)
    client_calls = ", and their calls of the client" if capability.has_client else ""
    return docstring(
        f"The MCP adapter: the results of its tools{client_calls}", indent=0
    )


def _units(adapter: McpAdapter) -> Code:
    """Return the tools and resources of an adapter."""
    match bool(adapter.tools), bool(adapter.resources):
        case True, True:
            return verbatim("[*TOOLS, *RESOURCES]")
        case True, False:
            return verbatim("TOOLS")
        case False, True:
            return verbatim("RESOURCES")
        case _:
            return verbatim("[]")


def _texts(texts: list[str]) -> Code | None:
    """Return the items of a list of texts, or None without any."""
    return join(", ", map(py, texts)) if texts else None
