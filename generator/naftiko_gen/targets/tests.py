"""`tests/`: a test for every route and tool, against the embedded upstream."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from naftiko_gen.imports import Imports
from naftiko_gen.ir import Identity, InBody, InField, InHeader, InQuery
from naftiko_gen.literals import Code, fill, join, py, py_bytes, url_path, verbatim
from naftiko_gen.targets.expectations import (
    base_uri_sample,
    expectation,
    input_sample,
    setting_sample,
    wire_text,
)
from naftiko_gen.targets.mock import operation_answer
from naftiko_gen.targets.samples import shaped

if TYPE_CHECKING:
    from naftiko_gen.ir import (
        Call,
        McpAdapter,
        RestAdapter,
        RestOperation,
        Tool,
    )
    from naftiko_gen.targets.names import Names
    from naftiko_gen.tree import Plain


@dataclass(frozen=True)
class ConftestView:
    """What `conftest.py.jinja` shows."""

    imports: Code
    client: Code
    settings: tuple[Code, ...]


@dataclass(frozen=True)
class CaseView:
    """A test: the call that it makes and what it expects of both sides."""

    name: Code
    call: Code
    shaped: bool
    answer: Code
    sent: tuple[Code, ...]


@dataclass(frozen=True)
class AdapterTestsView:
    """What `test_rest.py.jinja` and `test_mcp.py.jinja` show."""

    imports: Code
    cases: tuple[CaseView, ...]
    first_call: Code
    tool_names: Code


def conftest_view(names: Names) -> ConftestView:
    """Return the view of the tests' fixtures."""
    imports = Imports(first_party=str(names.module))
    imports.add("contextlib", "AbstractAsyncContextManager")
    imports.add("pytest")
    imports.add(str(names.module), "Reply", "Settings", names.client, "connect")
    imports.add(f"{names.module}.mock", "create_mock")
    imports.add(f"{names.module}._mock", "MockUpstream")
    capability = names.capability
    variables = [
        fill("{}={}", names.setting(one), py(setting_sample(one.name)))
        for one in capability.variables
    ]
    upstreams = [
        fill("{}={}", names.base_uri(one), py(base_uri_sample(one)))
        for one in capability.upstreams
    ]
    return ConftestView(
        imports=imports.code(),
        client=names.client,
        settings=(*variables, *upstreams),
    )


def rest_tests_view(adapter: RestAdapter, names: Names) -> AdapterTestsView:
    """Return the view of a REST adapter's tests."""
    imports = Imports(first_party=str(names.module))
    imports.add("collections.abc", "Iterator")
    imports.add("pytest")
    imports.add("conftest", "ANSWER", "Upstream")
    imports.add("starlette.testclient", "TestClient")
    imports.add(str(names.module), "Reply")
    imports.add(f"{names.module}.{names.rest_module(adapter)}", "create_app")
    cases = tuple(
        _rest_case(operation, name, names, imports)
        for operation, name in names.routes(adapter)
    )
    return AdapterTestsView(imports.code(), cases, cases[0].call, verbatim(""))


def _rest_case(
    operation: RestOperation, name: Code, names: Names, imports: Imports
) -> CaseView:
    call = fill("rest.request({})", _rest_arguments(operation))
    document = operation_answer(operation.call.operation, names.capability)
    return CaseView(
        name=name,
        call=call,
        shaped=not isinstance(operation.output, Identity),
        answer=py(shaped(operation.output, document)),
        sent=_sent(operation.call, _rest_body(operation), imports),
    )


def _rest_arguments(operation: RestOperation) -> Code:
    arguments = [py(operation.method), py(_rest_url(operation))]
    headers: dict[str, Plain] = {
        one.name: wire_text(input_sample(one))
        for one in operation.inputs
        if isinstance(one.location, InHeader)
    }
    body = _rest_body(operation)
    if body is not None:
        headers["Content-Type"] = "application/json"
        arguments.append(fill("content={}", py_bytes(body)))
    if headers:
        arguments.append(fill("headers={}", py(headers)))
    return join(", ", arguments)


def _rest_url(operation: RestOperation) -> str:
    path = "".join(
        (
            url_path(part)
            if isinstance(part, str)
            else quote(wire_text(input_sample(part)), safe="")
        )
        for part in operation.route
    )
    pairs = [
        f"{quote(one.name, safe='')}={quote(wire_text(item), safe='')}"
        for one in operation.inputs
        if isinstance(one.location, InQuery)
        for item in _repeated(input_sample(one))
    ]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def _repeated(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else [value]


def _rest_body(operation: RestOperation) -> bytes | None:
    """Return the request body, spaced as no serializer would so that a copy shows."""
    fields: dict[str, Plain] = {}
    for one in operation.inputs:
        match one.location:
            case InBody():
                return _odd_json(input_sample(one))
            case InField(path=path):
                _plant(fields, path, input_sample(one))
            case _:
                pass
    return _odd_json(fields) if fields else None


def _odd_json(value: Plain) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(" ,", " : ")).encode()


def _plant(members: dict[str, Plain], path: tuple[str, ...], value: Plain) -> None:
    key, *inner = path
    if not inner:
        members[key] = value
        return
    member = members.setdefault(key, {})
    if isinstance(member, dict):
        _plant(member, tuple(inner), value)


def mcp_tests_view(adapter: McpAdapter, names: Names) -> AdapterTestsView:
    """Return the view of an MCP adapter's tests."""
    imports = Imports(first_party=str(names.module))
    imports.add("collections.abc", "AsyncIterator")
    imports.add("pytest")
    imports.add("conftest", "ANSWER", "Upstream")
    imports.add("mcp", "Client")
    imports.add(str(names.module), "Reply")
    imports.add(f"{names.module}.{names.mcp_module(adapter)}", "create_server")
    cases = tuple(
        _mcp_case(tool, name, names, imports) for tool, name in names.tools(adapter)
    )
    tools = join(", ", [py(tool.name) for tool in adapter.tools])
    return AdapterTestsView(imports.code(), cases, cases[0].call, tools)


def _mcp_case(tool: Tool, name: Code, names: Names, imports: Imports) -> CaseView:
    given: Plain = {one.name: input_sample(one) for one in tool.inputs}
    document = operation_answer(tool.call.operation, names.capability)
    output = shaped(tool.output, document)
    structured: Plain = output if isinstance(output, dict) else {"result": output}
    return CaseView(
        name=name,
        call=fill("await mcp.call_tool({}, {})", py(tool.name), py(given)),
        shaped=not isinstance(tool.output, Identity),
        answer=py(structured),
        sent=_sent(tool.call, None, imports),
    )


def _sent(call: Call, body: bytes | None, imports: Imports) -> tuple[Code, ...]:
    """Return the assertions about the one request that the upstream receives."""
    expected = expectation(call)
    target = fill("({}, {})", py(expected.method), py(expected.url))
    checks = [fill("(sent.method, sent.url) == {}", target)]
    for name, value in expected.headers:
        checks.append(fill("sent.header({}) == {}", py(name), py(value)))
    if expected.body is None:
        checks.append(verbatim("sent.body is None"))
    elif expected.passes_through and body is not None:
        checks.append(fill("sent.body == {}", py_bytes(body)))
    else:
        imports.add("json")
        checks.append(fill('json.loads(sent.body or b"null") == {}', py(expected.body)))
    return tuple(checks)
