"""`tests/`: a test for every route and tool, with a recorder of the client's calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Generic, TypeVar, assert_never
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.configuration.options import Surface
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.client.mock import is_mocked, mock_document
from naftiko_gen.emit.code.names import Names
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.samples.samples import (
    Samples,
    apply_projection,
    sample_answer,
    value_at,
)
from naftiko_gen.emit.tests.requests import (
    ExpectedCalls,
    SampleRequest,
    base_uri_sample,
    expected_answer,
    setting_sample,
    template_value,
)
from naftiko_gen.emit.tools.arguments import sent_arguments
from naftiko_gen.emit.tools.lists import listed_names
from naftiko_gen.ir import McpAdapter, RestAdapter, calls


def conftest_view(emission: Emission) -> View:
    """Return the view of the tests' fixtures."""
    capability, names = emission.capability, emission.names
    fixtures = ["anyio_backend"] if capability.mcp else []
    if capability.has_client:
        fixtures += ["connect", "recorder", "shared_recorder"]
    fields = [
        *((names.setting(v), setting_sample(v)) for v in emission.variables.fields),
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
    return join(", ", map(py, texts)) if texts else None


Unit = TypeVar("Unit", ir.Route, ir.Tool, ir.Resource)
_FEW = 20
"""The most tests of an adapter that are alike and stand in its module all the same."""
_PICTURES = ("image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp")


class _Response(Enum):
    """A kind of response of the upstream, which a unit returns in its own way."""

    UNSHAPED = auto()
    SHAPED = auto()
    MOCKED = auto()
    """A response of the mock in another format than JSON, which is read and shaped."""
    EMPTY = auto()
    STEPS = auto()
    """The answer of steps, whose calls the mock responds to."""


@dataclass(frozen=True)
class _Tests(ABC, Generic[Unit]):
    names: Names

    def divide(
        self, units: Sequence[tuple[Unit, Code]]
    ) -> tuple[dict[str, Plain], Sequence[tuple[Unit, Code]]]:
        """Return the rows of tests that are alike, if they are many, and others."""
        rows = [self._row(unit) for unit, _ in units]
        pairs = tuple(zip(units, rows, strict=True))
        table: dict[str, Plain] = {
            unit.name: row for (unit, _), row in pairs if row is not None
        }
        if len(table) <= _FEW:
            return {}, units
        return table, [pair for pair, row in pairs if row is None]

    def cases(self, units: Iterable[tuple[Unit, Code]]) -> list[View]:
        """Return the tests of the units that the mock upstream can answer.

        Without `reply`, the upstream replies as by default. The response passes a body
        on (`is_created`), is empty, has a type of bytes, or is JSON, whose value may be
        unknown. `calls` are the expected ones; None in packages without a client.
        """
        return [
            self._case(unit, name)
            for unit, name in units
            if self._is_testable(unit.implementation)
        ]

    def _case(self, unit: Unit, name: Code) -> View:
        kind, has_client = self._kind(unit), self.names.capability.has_client
        is_created = kind is _Response.UNSHAPED and _has_body(unit)
        is_unread = kind in (_Response.UNSHAPED, _Response.EMPTY)
        return View(
            name=name,
            reply=self._reply(unit),
            arguments=self._arguments(unit),
            is_created=is_created,
            is_empty=is_unread and not is_created,
            # A resource may declare that its contents are bytes.
            binary=_binary_kind(unit) or getattr(unit, "is_binary", False),
            output=None if is_unread else self._output(unit),
            calls=ExpectedCalls(unit, self.names).code() if has_client else None,
        )

    def _row(self, unit: Unit) -> Plain:
        """Return the test of a unit whose response passes unchanged, as JSON.

        None if the test is another one, or JSON can't represent it.
        """
        is_passed = self._kind(unit) is _Response.UNSHAPED and _has_body(unit)
        is_text = is_passed and _binary_kind(unit) is None
        if not is_text or not calls(unit.implementation):
            return None
        call = ExpectedCalls(unit, self.names).row()
        return None if call is None else {"sent": self._call_row(unit), "calls": [call]}

    def _call_row(self, unit: Unit) -> Plain:
        """Return the arguments of the call of a unit as JSON has them."""
        raise TypeError(f"{unit.name!r} has its own test")

    @abstractmethod
    def _arguments(self, unit: Unit) -> Code:
        """Return the arguments of the call of a unit: samples."""

    # --- the mock upstream ---

    def _is_testable(self, implementation: ir.Implementation) -> bool:
        """Return whether no step runs a script, or lacks a value that it needs.

        It isn't known which entries a lookup finds, and answers to which queries lead
        are empty objects.
        """
        flow = implementation
        if not isinstance(flow, ir.Flow):
            return True
        lookups = {s.name for s in flow.steps if isinstance(s, ir.LookupStep)}
        queried_steps = {v.step for v in flow.step_values if v.query is not None}
        return (
            not any(isinstance(step, ir.ScriptStep) for step in flow.steps)
            and queried_steps.isdisjoint(lookups)
            and all(
                isinstance(parts, ir.Identity) or self._is_mocked(step.call.operation)
                for step, parts in ir.readings(flow)
            )
            and all(
                self._is_given(flow, parameter, template)
                for step in flow.call_steps
                for parameter, template in step.call.arguments
                if isinstance(template, ir.StepValue)
            )
        )

    def _is_given(
        self, flow: ir.Flow, parameter: ir.Parameter, value: ir.StepValue
    ) -> bool:
        """Return whether samples of answers have a value, if a call needs it."""
        if not parameter.required or value.query is not None:
            return True
        operations = {step.name: step.call.operation for step in flow.call_steps}
        if value.step not in operations or value.view:
            return False
        document = mock_document(self.names.capability, operations[value.step])
        return value_at(document, value.path) is not None

    def _is_mocked(self, operation: ir.Operation) -> bool:
        return is_mocked(self.names.capability, operation)

    def _reply(self, unit: Unit) -> Code | None:
        """Return the upstream's reply; None is the default, `None` the mock's."""
        match self._kind(unit):
            case _Response.UNSHAPED:
                return None
            case _Response.STEPS | _Response.MOCKED:
                return verbatim("None") if calls(unit.implementation) else None
            case _Response.EMPTY:
                return verbatim("EMPTY")
            case _Response.SHAPED:
                return fill("json_reply({})", py(self._document(unit)))
            case other:
                assert_never(other)

    def _kind(self, unit: Unit) -> _Response:
        match unit.implementation:
            case ir.Flow():
                return _Response.STEPS
            case ir.ProjectedCall() if not _has_body(unit):
                return _Response.UNSHAPED
            case ir.ProjectedCall() if _has_other_format(unit):
                # An empty response isn't parsed, in no format.
                return _Response.MOCKED if self._is_written(unit) else _Response.EMPTY
            case ir.ProjectedCall() if ir.is_shaped(unit.implementation):
                return _Response.SHAPED
            case ir.ProjectedCall() | ir.Forward():
                return _Response.UNSHAPED
            case _:
                assert_never(unit.implementation)

    def _is_written(self, unit: Unit) -> bool:
        """Return whether the mock writes responses in the format, with known values."""
        return not ir.has_query(unit.output) and all(
            call.operation.response_format is not None
            and call.operation.response_format.is_written
            and self._is_mocked(call.operation)
            for call, _ in ir.projected_calls(unit.implementation)
        )

    def _document(self, unit: Unit) -> Plain:
        if self._kind(unit) is _Response.MOCKED:
            [call] = calls(unit.implementation)
            return mock_document(self.names.capability, call.operation)
        return sample_answer(unit.output)

    def _output(self, unit: Unit) -> Code | None:
        """Return the output of the unit, extracted from the document.

        None for steps of which it isn't known whether their answer is an object.
        """
        samples = Samples(unit)
        match unit.implementation:
            case ir.Flow(answer=answer):
                output = expected_answer(answer, samples)
                return None if output == "ANY" else output
            case ir.ProjectedCall() | ir.Forward():
                fill = partial(template_value, samples=samples)
                projection = unit.output
                return py(apply_projection(projection, self._document(unit), fill))
            case _:
                assert_never(unit.implementation)


class RestTests(_Tests[ir.Route]):
    """Tests of routes."""

    def _call_row(self, unit: ir.Route) -> Plain:
        return SampleRequest(unit).row()

    def _arguments(self, unit: ir.Route) -> Code:
        return SampleRequest(unit).arguments()


class McpTests(_Tests[ir.Tool]):
    """Tests of tools."""

    def _call_row(self, unit: ir.Tool) -> Plain:
        return sent_arguments(unit, unit.inputs, Samples(unit).of)

    def _arguments(self, unit: ir.Tool) -> Code:
        return fill("{}, {}", py(unit.name), py(self._call_row(unit)))

    def _output(self, unit: ir.Tool) -> Code | None:
        # The answer may lead to a next page, which only the runtime knows.
        has_pages = unit.items and unit.items.paging
        return None if has_pages else super()._output(unit)


class ResourceTests(_Tests[ir.Resource]):
    """Tests of resources whose contents are answers of calls."""

    def _arguments(self, unit: ir.Resource) -> Code:
        samples = Samples(unit)
        uri = "".join(
            part if isinstance(part, str) else quote(str(samples.of(part)), safe="")
            for part in unit.uri
        )
        return py(uri)


def _binary_kind(unit: ir.Exposed) -> str | None:
    """Return the type of MCP's content of a binary answer; None for another answer."""
    output = unit.output
    if not isinstance(output, ir.Identity) or output.limit is None:
        return None
    media_type = (output.media_type or "").lower()
    if media_type in _PICTURES:
        return "image"
    return "audio" if media_type.startswith("audio/") else "resource"


def _has_other_format(unit: ir.Exposed) -> bool:
    return any(
        not isinstance(projection, ir.Identity)
        and call.operation.response_format is not ir.Format.JSON
        for call, projection in ir.projected_calls(unit.implementation)
    )


def _has_body(unit: ir.Exposed) -> bool:
    return not (isinstance(unit, ir.Route) and unit.method == "HEAD")
