"""`tests/`: a test for every route and tool, against the embedded upstream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.code.imports import Imports
from naftiko_gen.emit.literals import Code, fill, join, py, py_bytes, verbatim
from naftiko_gen.emit.package.bodies import MULTIPART
from naftiko_gen.emit.package.requests import SampleRequest
from naftiko_gen.emit.package.settings import settings
from naftiko_gen.emit.tests.answers import apply_projection, sample_answer
from naftiko_gen.emit.tests.expectations import (
    base_uri_sample,
    expectation,
    setting_sample,
)
from naftiko_gen.emit.tests.samples import Samples
from naftiko_gen.emit.tests.signatures import Key, signatures
from naftiko_gen.ir import (
    Format,
    Identity,
    ProjectedCall,
    Route,
    is_shaped,
    projected_calls,
    projection_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.body_kinds import ExpectedContent
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.emit.tests.expectations import Expectation
    from naftiko_gen.emit.tests.signatures import Signatures
    from naftiko_gen.ir import Exposed, Implementation, McpAdapter, RestAdapter, Tool


_EMPTY = py_bytes(b"")
_KEYS = {
    Key.HEXADECIMAL: py("0123456789abcdef"),
    Key.RSA: verbatim("SIGNING_KEY.decode()"),
}


@dataclass(frozen=True)
class ConftestView:
    """The variables of `conftest.py.jinja`."""

    imports: Code
    client: Code
    settings: tuple[Code, ...]
    has_shapes: bool
    has_mcp: bool
    has_parts: bool
    has_rsa_key: bool
    is_signed: bool


@dataclass(frozen=True)
class CaseView:
    """A test: the upstream's response, the call, and the expected results."""

    name: Code
    reply: Code
    call: Code
    is_shaped: bool
    output: Code
    sent: tuple[Code, ...]


@dataclass(frozen=True)
class RestTestsView:
    """The variables of `test_rest.py.jinja`.

    `refusal` is the body that the first call returns if the upstream refuses it.
    """

    imports: Code
    cases: tuple[CaseView, ...]
    first_call: Code
    refusal: Code


@dataclass(frozen=True)
class McpTestsView:
    """The variables of `test_mcp.py.jinja`."""

    imports: Code
    cases: tuple[CaseView, ...]
    first_call: Code
    tool_names: Code


def conftest_view(emission: Emission) -> ConftestView:
    """Return the view of the tests' fixtures."""
    names, shapes = emission.names, emission.outputs.projections
    imports = Imports(first_party=str(names.module))
    imports.add("contextlib", "AbstractAsyncContextManager")
    imports.add("pytest")
    imports.add(str(names.module), "Reply", "Settings", names.client, "connect")
    imports.add(f"{names.module}.mock", "create_mock")
    imports.add(f"{names.module}._mock", "MockUpstream")
    if shapes:
        imports.add("json")
    has_parts = any(
        operation.body is not None and operation.body.has_parts
        for operation in names.capability.operations
    )
    if has_parts:
        imports.add(f"{names.module}._mock", "Sent")
    signed = signatures(names.capability)
    has_rsa_key = Key.RSA in signed.keys.values()
    if has_rsa_key:
        primitives = "cryptography.hazmat.primitives"
        imports.add(f"{primitives}.asymmetric.rsa", "generate_private_key")
        formats = ("Encoding", "NoEncryption", "PrivateFormat")
        imports.add(f"{primitives}.serialization", *formats)
    return ConftestView(
        imports=imports.code(),
        client=names.client,
        settings=tuple(_settings(names, signed)),
        has_shapes=bool(shapes),
        has_mcp=bool(names.capability.mcp),
        has_parts=has_parts,
        has_rsa_key=has_rsa_key,
        is_signed=bool(signed.schemes),
    )


def _settings(names: Names, signed: Signatures) -> Iterator[Code]:
    for variable in settings(names.capability):
        kind = signed.keys.get(variable)
        value = _KEYS[kind] if kind else py(setting_sample(variable.name))
        yield fill("{}={}", names.setting(variable), value)
    for upstream in names.capability.upstreams:
        yield fill("{}={}", names.base_uri(upstream), py(base_uri_sample(upstream)))


def rest_tests_view(adapter: RestAdapter, names: Names) -> RestTestsView:
    """Return the view of a REST adapter's tests."""
    imports = Imports(first_party=str(names.module))
    imports.add("collections.abc", "Iterator")
    imports.add("pytest")
    imports.add("conftest", "Upstream")
    imports.add("starlette.testclient", "TestClient")
    imports.add(str(names.module), "Reply")
    imports.add(f"{names.module}.{names.rest_module(adapter)}", "create_app")
    tests = _Tests(imports, signatures(names.capability))
    cases = tuple(tests.rest(*route) for route in names.routes(adapter))
    has_body = _has_body(adapter.routes[0])
    refusal = verbatim('b"<p>no</p>"') if has_body else verbatim('b""')
    return RestTestsView(imports.code(), cases, cases[0].call, refusal)


def mcp_tests_view(adapter: McpAdapter, names: Names) -> McpTestsView:
    """Return the view of an MCP adapter's tests."""
    imports = Imports(first_party=str(names.module))
    imports.add("collections.abc", "AsyncIterator")
    imports.add("pytest")
    imports.add("conftest", "Upstream")
    imports.add("mcp", "Client")
    imports.add(str(names.module), "Reply")
    imports.add(f"{names.module}.{names.mcp_module(adapter)}", "create_server")
    tests = _Tests(imports, signatures(names.capability))
    cases = tuple(tests.mcp(*tool) for tool in names.tools(adapter))
    tools = join(", ", [py(tool.name) for tool in adapter.tools])
    return McpTestsView(imports.code(), cases, cases[0].call, tools)


@dataclass(frozen=True)
class _Tests:
    """Tests of an adapter's units; collects the imports of their module."""

    imports: Imports
    signed: Signatures

    def rest(self, route: Route, name: Code) -> CaseView:
        request = SampleRequest(route)
        call = fill("rest.request({})", request.arguments())
        projection = projection_of(route.implementation)
        output = apply_projection(projection, sample_answer(projection))
        sent = tuple(self._assert_request(route, request.body()))
        return self._case(route, name, call, output, sent)

    def mcp(self, tool: Tool, name: Code) -> CaseView:
        samples = Samples(tool)
        values: Plain = {source.name: samples.of(source) for source in tool.inputs}
        call = fill("await mcp.call_tool({}, {})", py(tool.name), py(values))
        projection = projection_of(tool.implementation)
        output = apply_projection(projection, sample_answer(projection))
        structured: Plain = output if isinstance(output, dict) else {"result": output}
        sent = tuple(self._assert_request(tool, None))
        case = self._case(tool, name, call, structured, sent)
        if not _has_other_format(tool):
            return case
        return replace(case, is_shaped=True, output=py({"result": None}))

    def _case(
        self,
        unit: Exposed,
        name: Code,
        call: Code,
        output: Plain,
        sent: tuple[Code, ...],
    ) -> CaseView:
        """Return a test; units without a shape share a response."""
        if _has_other_format(unit):
            # An empty response isn't parsed, in no format.
            reply = fill("Reply(201, (), {})", _EMPTY)
            return CaseView(
                name, reply, call, is_shaped=False, output=_EMPTY, sent=sent
            )
        has_shape = _has_body(unit) and is_shaped(unit.implementation)
        unshaped = verbatim("ANSWER.body") if _has_body(unit) else verbatim('b""')
        self.imports.add("conftest", "answer" if has_shape else "ANSWER")
        document = py(sample_answer(projection_of(unit.implementation)))
        return CaseView(
            name=name,
            reply=fill("answer({})", document) if has_shape else verbatim("ANSWER"),
            call=call,
            is_shaped=has_shape,
            output=py(output) if has_shape else unshaped,
            sent=sent,
        )

    def _assert_request(self, unit: Exposed, body: bytes | None) -> Iterator[Code]:
        """Yield the assertions about the only request to the upstream."""
        expected = expectation(unit)
        target = fill("({}, {})", py(expected.method), py(expected.url))
        yield fill("(sent.method, sent.url) == {}", target)
        for name, value in expected.headers:
            yield fill("sent.header({}) == {}", py(name), py(value))
        yield from self._signature(unit, expected)
        if expected.content is not None:
            yield from self._content(expected, expected.content)
        elif expected.body is None:
            yield verbatim("sent.body is None")
        elif expected.passes_through and body is not None:
            yield fill("sent.body == {}", py_bytes(body))
        else:
            self.imports.add("json")
            yield fill('json.loads(sent.body or b"null") == {}', py(expected.body))

    def _signature(self, unit: Exposed, expected: Expectation) -> Iterator[Code]:
        """Yield an assertion that the request is signed; the signatures vary."""
        scheme = self.signed.schemes.get(_namespace(unit.implementation))
        has_own = any(name.lower() == "authorization" for name, _ in expected.headers)
        if scheme and not has_own:
            field = verbatim('(sent.header("Authorization") or "")')
            yield fill("{}.startswith({})", field, py(f"{scheme} "))

    def _content(
        self, expected: Expectation, content: ExpectedContent
    ) -> Iterator[Code]:
        """Yield the assertions about a body that isn't JSON."""
        media_type, data = py(content.media_type), py_bytes(content.data)
        if content.media_type == MULTIPART:
            self.imports.add("conftest", "without_boundary")
            yield fill("without_boundary(sent) == ({}, {})", media_type, data)
            return
        # A header in the spec overrides it, and is asserted with the other headers.
        if all(name.lower() != "content-type" for name, _ in expected.headers):
            yield fill('sent.header("Content-Type") == {}', media_type)
        yield fill("sent.body == {}", data)


def _has_other_format(unit: Exposed) -> bool:
    """Return whether a response that is shaped has another format than JSON."""
    return _has_body(unit) and any(
        not isinstance(projection, Identity)
        and call.operation.response_format is not Format.JSON
        for call, projection in projected_calls(unit.implementation)
    )


def _namespace(implementation: Implementation) -> str:
    """Return the namespace of the upstream that receives the request."""
    match implementation:
        case ProjectedCall(call=call):
            return call.operation.upstream.namespace
        case _:
            assert_never(implementation)


def _has_body(unit: Exposed) -> bool:
    return not (isinstance(unit, Route) and unit.method == "HEAD")
