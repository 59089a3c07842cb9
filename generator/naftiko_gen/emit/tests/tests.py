"""`tests/`: a test for every route and tool, with a recorder of the client's calls."""

from __future__ import annotations

from naftiko_gen.configuration.options import Surface
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.settings import settings
from naftiko_gen.emit.tests.cases import McpTests, ResourceTests, RestTests
from naftiko_gen.emit.tests.requests import base_uri_sample, setting_sample
from naftiko_gen.emit.tools.lists import listed_names
from naftiko_gen.ir import McpAdapter, RestAdapter


def conftest_view(emission: Emission) -> View:
    """Return the view of the tests' fixtures."""
    capability, names = emission.capability, emission.names
    fixtures = ["anyio_backend"] if capability.mcp else []
    if capability.has_client:
        fixtures += ["connect", "recorder", "shared_recorder"]
    fields = [
        *((names.setting(v), setting_sample(v)) for v in settings(capability)),
        *((names.base_uri(u), base_uri_sample(u)) for u in capability.upstreams),
    ]
    return View(
        client=names.client if capability.has_client else None,
        fixtures=join(", ", map(py, fixtures)),
        settings=[fill("{}={}", name, py(sample)) for name, sample in fields],
    )


def rest_tests_view(adapter: RestAdapter, emission: Emission) -> View:
    """Return the view of a REST adapter's tests."""
    tests = RestTests(emission.names)
    table, others = tests.divide(tuple(emission.names.routes(adapter)))
    has_client = emission.capability.has_client
    arguments = [verbatim("connect")] if has_client else []
    if adapter.guard is not None:
        arguments.append(verbatim("authentication=None"))
    return View(
        has_client=has_client,
        # Of `create_app`.
        arguments=join(", ", arguments),
        cases=tests.cases(others),
        table=table,
    )


def mcp_tests_view(adapter: McpAdapter, emission: Emission) -> View:
    """Return the view of an MCP adapter's tests."""
    names, has_client = emission.names, emission.capability.has_client
    tests = McpTests(names)
    table, others = tests.divide(tuple(names.tools(adapter)))
    client_calls = ", and their calls of the client" if has_client else ""
    results = f"the results of its tools{client_calls}"
    about = results if adapter.tools else "its resources and prompts"
    return View(
        docstring=docstring(f"The MCP adapter: {about}", indent=0),
        has_client=has_client,
        has_tools=bool(adapter.tools),
        has_resources=bool(adapter.resources),
        cases=tests.cases(others),
        tool_names=_texts(listed_names(adapter, emission.capability)),
        has_dispatchers=adapter.surface in (Surface.GROUPED, Surface.SEARCH),
        resources=ResourceTests(names).cases(names.resources(adapter)),
        uris=_texts([resource.template for resource in adapter.contents]),
        files=_texts([file.uri for file in adapter.files]),
        prompt_names=_texts([prompt.name for prompt in adapter.prompts]),
        table=table,
    )


def _texts(texts: list[str]) -> Code | None:
    """Return the items of a list of texts, or None without any."""
    return join(", ", map(py, texts)) if texts else None
