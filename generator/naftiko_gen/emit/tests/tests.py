"""`tests/`: a test for every route and tool, against the embedded upstream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar, assert_never
from urllib.parse import quote

from naftiko_gen.emit.literals import (
    Code,
    docstring,
    fill,
    join,
    py,
    py_bytes,
    verbatim,
)
from naftiko_gen.emit.package.mock import is_mocked, mock_document
from naftiko_gen.emit.package.settings import settings
from naftiko_gen.emit.package.tables import TableView
from naftiko_gen.emit.samples.answers import apply_projection, sample_answer
from naftiko_gen.emit.samples.samples import Samples
from naftiko_gen.emit.tests.expectations import (
    base_uri_sample,
    setting_sample,
    template_value,
    unit_request,
)
from naftiko_gen.emit.tests.flow_expected import FlowRun, is_testable
from naftiko_gen.emit.tests.forwards import ForwardTest
from naftiko_gen.emit.tests.received import ReceivedRequests
from naftiko_gen.emit.tests.sample_request import SampleRequest
from naftiko_gen.emit.tests.signatures import signatures
from naftiko_gen.ir import (
    Flow,
    Format,
    Forward,
    Identity,
    KeyFormat,
    ProjectedCall,
    Resource,
    Route,
    Tool,
    calls,
    has_query,
    is_shaped,
    projected_calls,
    projection_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.emit.tests.signatures import Signatures
    from naftiko_gen.ir import (
        Call,
        Capability,
        Exposed,
        McpAdapter,
        Operation,
        RestAdapter,
    )

Unit = TypeVar("Unit", Route, Tool, Resource)
_FEW = 20
"""The most tests of an adapter that are alike and stand in its module all the same."""
_KEYS = {
    KeyFormat.HEXADECIMAL: py("0123456789abcdef"),
    KeyFormat.RSA: verbatim("rsa_key()"),
}


@dataclass(frozen=True)
class ConftestView:
    """The variables of `conftest.py.jinja`."""

    has_client: bool
    fixtures: Code
    settings: tuple[Code, ...]
    is_signed: bool


@dataclass(frozen=True)
class CaseView:
    """A test: the upstream's reply, the call, and the assertions.

    `response` compares the response, `requests` asserts the requests to the upstream;
    it is None in packages that call none. Without `reply`, the mock upstream answers
    with its samples.
    """

    name: Code
    reply: Code | None
    call: Code
    response: Code
    requests: Code | None


@dataclass(frozen=True)
class RestTestsView(TableView):
    """The variables of `test_rest.py.jinja`."""

    has_client: bool
    arguments: Code
    """The arguments of `create_app`."""
    cases: tuple[CaseView, ...]


@dataclass(frozen=True)
class McpTestsView(TableView):
    """The variables of `test_mcp.py.jinja`."""

    docstring: Code
    has_client: bool
    cases: tuple[CaseView, ...]
    tool_names: Code | None
    resources: tuple[CaseView, ...]
    uris: Code | None
    files: Code | None
    prompt_names: Code | None


def conftest_view(emission: Emission) -> ConftestView:
    """Return the view of the tests' fixtures."""
    names = emission.names
    proofs = signatures(names.capability)
    fixtures = (
        ["connect", "shared_upstream", "upstream"]
        if names.capability.has_client
        else []
    )
    if names.capability.mcp:
        fixtures.insert(0, "anyio_backend")
    return ConftestView(
        has_client=names.capability.has_client,
        fixtures=join(", ", map(py, fixtures)),
        settings=tuple(_settings(names, proofs)),
        is_signed=bool(proofs.schemes),
    )


def _settings(names: Names, proofs: Signatures) -> Iterator[Code]:
    for variable in settings(names.capability):
        kind = proofs.keys.get(variable)
        value = _KEYS[kind] if kind else py(setting_sample(variable))
        yield fill("{}={}", names.setting(variable), value)
    for upstream in names.capability.upstreams:
        yield fill("{}={}", names.base_uri(upstream), py(base_uri_sample(upstream)))


def rest_tests_view(adapter: RestAdapter, emission: Emission) -> RestTestsView:
    """Return the view of a REST adapter's tests."""
    names = emission.names
    tests = _RestTests(names.capability, signatures(names.capability))
    table, others = _table(tests, tuple(names.routes(adapter)))
    cases = _cases(tests, others)
    has_client = emission.capability.has_client
    arguments = [verbatim("connect")] if has_client else []
    if adapter.guard is not None:
        arguments.append(verbatim("authentication=None"))
    arguments_code = join(", ", arguments)
    return RestTestsView(has_client, arguments_code, cases, table=table)


def mcp_tests_view(adapter: McpAdapter, emission: Emission) -> McpTestsView:
    """Return the view of an MCP adapter's tests."""
    names = emission.names
    tests = _McpTests(names.capability, signatures(names.capability))
    table, others = _table(tests, tuple(names.tools(adapter)))
    cases = _cases(tests, others)
    reads = _ResourceTests(names.capability, signatures(names.capability))
    resources = _cases(reads, names.resources(adapter))
    templates = [resource.template for resource in adapter.contents]
    return McpTestsView(
        _about(adapter, emission.capability),
        emission.capability.has_client,
        cases,
        _texts([tool.name for tool in adapter.tools]),
        resources,
        _texts(templates),
        _texts([file.uri for file in adapter.files]),
        _texts([prompt.name for prompt in adapter.prompts]),
        table=table,
    )


def _about(adapter: McpAdapter, capability: Capability) -> Code:
    """Return the docstring of an MCP adapter's tests."""
    if not adapter.tools:
        return docstring("The MCP adapter: its resources and prompts", indent=0)
    requests = ", and their requests to the upstream" if capability.has_client else ""
    return docstring(f"The MCP adapter: the results of its tools{requests}", indent=0)


def _table(
    tests: _Tests[Unit], units: Sequence[tuple[Unit, Code]]
) -> tuple[dict[str, Plain], Sequence[tuple[Unit, Code]]]:
    """Return the rows of tests that are alike, if they are many, and other units."""
    table: dict[str, Plain] = {}
    others: list[tuple[Unit, Code]] = []
    for unit, name in units:
        row = tests.row(unit)
        if row is None:
            others.append((unit, name))
        else:
            table[unit.name] = row
    if len(table) <= _FEW:
        return {}, units
    return table, others


def _cases(
    tests: _Tests[Unit], units: Iterable[tuple[Unit, Code]]
) -> tuple[CaseView, ...]:
    """Return the tests of the units that the mock upstream can answer."""
    return tuple(filter(None, (tests.case(unit, name) for unit, name in units)))


def _texts(texts: list[str]) -> Code | None:
    """Return the items of a list of texts, or None without any."""
    return join(", ", map(py, texts)) if texts else None


class _Response(Enum):
    """A kind of response of the upstream, which a unit returns in its own way."""

    UNSHAPED = auto()
    SHAPED = auto()
    MOCKED = auto()
    """A response of the mock in another format than JSON, which is read and shaped."""
    EMPTY = auto()


@dataclass(frozen=True)
class _Tests(ABC, Generic[Unit]):
    """Tests of an adapter's units."""

    capability: Capability
    signed: Signatures

    def case(self, unit: Unit, name: Code) -> CaseView | None:
        """Return the test of a unit; None if the mock can't answer all of its calls."""
        match unit.implementation:
            case ProjectedCall(call=call):
                return CaseView(
                    name=name,
                    reply=self._reply(unit),
                    call=self._call(unit),
                    response=self._response(unit),
                    requests=self._request(unit, call),
                )
            case Flow() as flow if is_testable(flow, self._is_mocked):
                run = FlowRun(unit, flow, partial(mock_document, self.capability))
                return self._flow_case(unit, run, name) if run.is_complete else None
            case Flow():
                return None
            case Forward() as forward:
                return self._forward_case(unit, forward, name)
            case _:
                assert_never(unit.implementation)

    def row(self, unit: Unit) -> Plain:
        """Return the test of a unit whose response passes unchanged, as JSON.

        None if the test is another one, or JSON can't represent it.
        """
        match unit.implementation:
            case ProjectedCall(call=call) if self._passes(unit):
                writer = ReceivedRequests(self.signed)
                request = writer.row(unit_request(unit, call), self._body(unit))
                arguments = self._call_row(unit)
                if request and arguments is not None:
                    return {"sent": arguments, "received": request}
        return None

    def _passes(self, unit: Unit) -> bool:
        """Return whether a response passes unchanged, with its body, as text."""
        return (
            self._kind(unit) is _Response.UNSHAPED
            and _has_body(unit)
            and _binary_kind(unit) is None
        )

    def _call_row(self, unit: Unit) -> Plain:
        """Return the arguments of the call of a unit, None if JSON can't have them."""
        raise TypeError(f"{unit.name!r} has its own test")

    def _flow_case(self, unit: Unit, run: FlowRun, name: Code) -> CaseView:
        return CaseView(
            name=name,
            reply=None,
            call=self._call(unit),
            response=self._flow_response(run),
            requests=self._requests(run),
        )

    def _forward_case(self, unit: Unit, forward: Forward, name: Code) -> CaseView:
        """Return the test of a route that forwards requests."""
        if not isinstance(unit, Route):
            raise TypeError("only routes forward requests")
        test = ForwardTest(unit, forward)
        writer = ReceivedRequests(self.signed)
        arguments = writer.arguments(test.expectation(), test.body)
        return CaseView(
            name=name,
            reply=self._reply(unit),
            call=fill("rest.request({})", test.call()),
            response=self._response(unit),
            requests=fill("upstream.assert_received({})", arguments),
        )

    def _is_mocked(self, operation: Operation) -> bool:
        return is_mocked(self.capability, operation)

    def _request(self, unit: Unit, call: Call) -> Code:
        writer = ReceivedRequests(self.signed)
        expectation = unit_request(unit, call)
        arguments = writer.arguments(expectation, self._body(unit))
        return fill("upstream.assert_received({})", arguments)

    def _requests(self, run: FlowRun) -> Code | None:
        """Return the assertion that the upstream has received the calls of a flow."""
        if not self.capability.has_client:
            return None
        if not run.requests:
            return verbatim("assert not upstream.requests")
        writer = ReceivedRequests(self.signed)
        requests = [
            fill("request({})", writer.arguments(expectation))
            for expectation in run.requests
        ]
        return fill("assert_received_all(upstream, {})", join(", ", requests))

    @abstractmethod
    def _flow_response(self, run: FlowRun) -> Code:
        """Return the comparison of the response of a unit with steps."""

    @abstractmethod
    def _call(self, unit: Unit) -> Code:
        """Return the call of a unit with samples."""

    @abstractmethod
    def _body(self, unit: Unit) -> bytes | None:
        """Return the body of the call."""

    @abstractmethod
    def _response(self, unit: Unit) -> Code:
        """Return the comparison of the unit's response."""

    def _reply(self, unit: Unit) -> Code | None:
        """Return the upstream's reply; units without a shape share one."""
        match self._kind(unit):
            case _Response.MOCKED:
                return None
            case _Response.UNSHAPED:
                return verbatim("CREATED")
            case _Response.EMPTY:
                return verbatim("EMPTY")
            case _Response.SHAPED:
                return fill("json_reply({})", py(self._document(unit)))
            case other:
                assert_never(other)

    def _kind(self, unit: Unit) -> _Response:
        if not _has_body(unit):
            return _Response.UNSHAPED
        if not _has_other_format(unit):
            is_json = is_shaped(unit.implementation)
            return _Response.SHAPED if is_json else _Response.UNSHAPED
        # An empty response isn't parsed, in no format.
        return _Response.MOCKED if self._is_written(unit) else _Response.EMPTY

    def _is_written(self, unit: Unit) -> bool:
        """Return whether the mock writes responses in the format, with known values."""
        return not has_query(projection_of(unit.implementation)) and all(
            call.operation.response_format is not None
            and call.operation.response_format.is_written
            and self._is_mocked(call.operation)
            for call, _ in projected_calls(unit.implementation)
        )

    def _document(self, unit: Unit) -> Plain:
        """Return the value of the upstream's response."""
        if self._kind(unit) is _Response.MOCKED:
            [call] = calls(unit.implementation)
            return mock_document(self.capability, call.operation)
        return sample_answer(projection_of(unit.implementation))

    def _output(self, unit: Unit) -> Plain:
        """Return the output of the unit, extracted from the document."""
        fill = partial(template_value, samples=Samples(unit))
        output = projection_of(unit.implementation)
        return apply_projection(output, self._document(unit), fill)


class _RestTests(_Tests[Route]):
    def _call_row(self, unit: Route) -> Plain:
        return SampleRequest(unit).row()

    def _call(self, unit: Route) -> Code:
        return fill("rest.request({})", SampleRequest(unit).arguments())

    def _body(self, unit: Route) -> bytes | None:
        return SampleRequest(unit).body()

    def _response(self, unit: Route) -> Code:
        match self._kind(unit):
            case _Response.UNSHAPED if _has_body(unit):
                return _has_content(verbatim("CREATED.body"))
            case _Response.UNSHAPED | _Response.EMPTY:
                return _has_content(py_bytes(b""))
            case _Response.SHAPED | _Response.MOCKED:
                output = py(self._output(unit))
                return fill(
                    "(response.status_code, response.json()) == (200, {})", output
                )
            case other:
                assert_never(other)

    def _flow_response(self, run: FlowRun) -> Code:
        if not run.has_known_output:
            return verbatim("response.status_code == 200")
        output = py(run.output)
        return fill("(response.status_code, response.json()) == (200, {})", output)


def _has_content(content: Code) -> Code:
    """Return the comparison of a REST response with the status of `CREATED`."""
    return fill("(response.status_code, response.content) == (201, {})", content)


class _McpTests(_Tests[Tool]):
    def _call_row(self, unit: Tool) -> Plain:
        samples = Samples(unit)
        return {source.name: samples.of(source) for source in unit.inputs}

    def _call(self, unit: Tool) -> Code:
        values = py(self._call_row(unit))
        return fill("await mcp.call_tool({}, {})", py(unit.name), values)

    def _body(self, _: Tool) -> bytes | None:
        return None

    def _response(self, unit: Tool) -> Code:
        kind = _binary_kind(unit)
        if kind is not None:
            return fill("[one.type for one in result.content] == [{}]", py(kind))
        match self._kind(unit):
            case _Response.UNSHAPED:
                return verbatim(
                    "result.content == [TextContent(text=CREATED.body.decode())]"
                )
            case _Response.EMPTY:
                return verbatim('result.structured_content == {"result": None}')
            case _Response.SHAPED | _Response.MOCKED:
                output = py(_as_object(self._output(unit)))
                return fill("result.structured_content == {}", output)
            case other:
                assert_never(other)

    def _flow_response(self, run: FlowRun) -> Code:
        if not run.has_known_output:
            return verbatim("result.content")
        return fill("result.structured_content == {}", py(_as_object(run.output)))


class _ResourceTests(_Tests[Resource]):
    def _call(self, unit: Resource) -> Code:
        samples = Samples(unit)
        uri = "".join(
            part if isinstance(part, str) else quote(str(samples.of(part)), safe="")
            for part in unit.uri
        )
        return fill("await mcp.read_resource({})", py(uri))

    def _body(self, _: Resource) -> bytes | None:
        return None

    def _response(self, unit: Resource) -> Code:
        match self._kind(unit):
            case _ if unit.is_binary or _binary_kind(unit) is not None:
                return verbatim("result.contents")
            case _Response.UNSHAPED:
                return self._is_text(verbatim("CREATED.body.decode()"))
            case _Response.EMPTY:
                return verbatim("result.contents")
            case _Response.SHAPED | _Response.MOCKED:
                return self._is_json(py(self._output(unit)))
            case other:
                assert_never(other)

    def _flow_response(self, run: FlowRun) -> Code:
        if not run.has_known_output:
            return verbatim("result.contents")
        return self._is_json(py(run.output))

    def _is_text(self, text: Code) -> Code:
        """Return the comparison of the only content with a text."""
        return fill("{} == [{}]", self._contents(verbatim("one.text")), text)

    def _is_json(self, value: Code) -> Code:
        """Return the comparison of the only content with a JSON value."""
        return fill(
            "{} == [{}]", self._contents(verbatim("json.loads(one.text)")), value
        )

    def _contents(self, content: Code) -> Code:
        return fill(
            "[{} for one in result.contents if isinstance(one, TextResourceContents)]",
            content,
        )


def _binary_kind(unit: Exposed) -> str | None:
    """Return the type of MCP's content of a binary answer; None for another answer."""
    output = projection_of(unit.implementation)
    if not isinstance(output, Identity) or output.limit is None:
        return None
    kind = (output.media_type or "").partition("/")[0].lower()
    return kind if kind in ("image", "audio") else "resource"


def _has_other_format(unit: Exposed) -> bool:
    """Return whether a response that is shaped has another format than JSON."""
    return any(
        not isinstance(projection, Identity)
        and call.operation.response_format is not Format.JSON
        for call, projection in projected_calls(unit.implementation)
    )


def _has_body(unit: Exposed) -> bool:
    return not (isinstance(unit, Route) and unit.method == "HEAD")


def _as_object(output: Plain) -> Plain:
    """Return an output as an object, as MCP has it."""
    return output if isinstance(output, dict) else {"result": output}
