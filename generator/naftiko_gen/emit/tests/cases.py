"""The tests of routes, tools and resources, each of which calls one with samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Generic, TypeVar, assert_never
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.client.mock import is_mocked, mock_document
from naftiko_gen.emit.code.names import Names
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.literals import Code, fill, py, py_bytes, verbatim
from naftiko_gen.emit.samples.answers import apply_projection, sample_answer, value_at
from naftiko_gen.emit.samples.samples import Samples
from naftiko_gen.emit.tests.requests import (
    ExpectedCalls,
    SampleRequest,
    expected_answer,
    template_value,
)
from naftiko_gen.emit.tools.arguments import sent_arguments
from naftiko_gen.ir import calls

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
    """Tests of an adapter's units."""

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

        Without `reply`, the upstream replies as by default. `response` compares the
        response, `calls` are the expected calls; None in packages without a client.
        """
        has_client = self.names.capability.has_client
        return [
            View(
                name=name,
                reply=self._reply(unit),
                call=self._call(unit),
                response=self._response(unit),
                calls=self._calls(unit).code() if has_client else None,
            )
            for unit, name in units
            if self._is_testable(unit)
        ]

    def _row(self, unit: Unit) -> Plain:
        """Return the test of a unit whose response passes unchanged, as JSON.

        None if the test is another one, or JSON can't represent it.
        """
        is_passed = self._kind(unit) is _Response.UNSHAPED and _has_body(unit)
        is_text = is_passed and _binary_kind(unit) is None
        if not is_text or not calls(unit.implementation):
            return None
        call = self._calls(unit).row()
        return None if call is None else {"sent": self._call_row(unit), "calls": [call]}

    def _calls(self, unit: Unit) -> ExpectedCalls:
        return ExpectedCalls(unit, self.names)

    def _call_row(self, unit: Unit) -> Plain:
        """Return the arguments of the call of a unit as JSON has them."""
        raise TypeError(f"{unit.name!r} has its own test")

    @abstractmethod
    def _call(self, unit: Unit) -> Code:
        """Return the call of a unit with samples."""

    @abstractmethod
    def _response(self, unit: Unit) -> Code:
        """Return the comparison of the unit's response."""

    # --- the mock upstream ---

    def _is_testable(self, unit: Unit) -> bool:
        """Return whether the mock can answer all calls of a unit."""
        match unit.implementation:
            case ir.Flow() as flow:
                return self._has_known_steps(flow)
            case ir.ProjectedCall() | ir.Forward():
                return True
            case _:
                assert_never(unit.implementation)

    def _has_known_steps(self, flow: ir.Flow) -> bool:
        """Return whether no step runs a script, or lacks a value that it needs.

        It isn't known which entries a lookup finds, and answers to which queries lead
        are empty objects.
        """
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
        """Return the value of the upstream's response."""
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

    def _call(self, unit: ir.Route) -> Code:
        return fill("rest.request({})", SampleRequest(unit).arguments())

    def _calls(self, unit: ir.Route) -> ExpectedCalls:
        return ExpectedCalls(unit, self.names, SampleRequest(unit))

    def _response(self, unit: ir.Route) -> Code:
        kind = self._kind(unit)
        if kind in (_Response.UNSHAPED, _Response.EMPTY):
            is_created = kind is _Response.UNSHAPED and _has_body(unit)
            content = verbatim("CREATED.body") if is_created else py_bytes(b"")
            pair = verbatim("(response.status_code, response.content)")
            return fill("{} == (201, {})", pair, content)
        output = self._output(unit)
        if output is None:
            return verbatim("response.status_code == 200")
        return fill("(response.status_code, response.json()) == (200, {})", output)


class McpTests(_Tests[ir.Tool]):
    """Tests of tools."""

    def _call_row(self, unit: ir.Tool) -> Plain:
        return sent_arguments(unit, unit.inputs, Samples(unit).of)

    def _call(self, unit: ir.Tool) -> Code:
        values = py(self._call_row(unit))
        return fill("await mcp.call_tool({}, {})", py(unit.name), values)

    def _response(self, unit: ir.Tool) -> Code:
        """Return the comparison of a result's only text.

        The structured content may lack members of the output that are null.
        """
        binary, kind = _binary_kind(unit), self._kind(unit)
        if binary is not None:
            types = py(binary) if binary == "image" else fill('"text", {}', py(binary))
            return fill("[one.type for one in result.content] == [{}]", types)
        if kind is _Response.UNSHAPED:
            text = verbatim("CREATED.body.decode()")
            return fill("result.content == [TextContent(text={})]", text)
        if kind is _Response.EMPTY:
            text = py("HTTP 201 Created")
            return fill("result.content == [TextContent(text={})]", text)
        # The answer may lead to a next page, which only the runtime knows.
        has_pages = unit.items and unit.items.paging
        output = None if has_pages else self._output(unit)
        if output is None:
            return verbatim("result.content")
        texts = verbatim(
            "[json.loads(one.text) for one in result.content"
            " if isinstance(one, TextContent)]"
        )
        return fill("{} == [{}]", texts, output)


class ResourceTests(_Tests[ir.Resource]):
    """Tests of resources whose contents are answers of calls."""

    def _call(self, unit: ir.Resource) -> Code:
        samples = Samples(unit)
        uri = "".join(
            part if isinstance(part, str) else quote(str(samples.of(part)), safe="")
            for part in unit.uri
        )
        return fill("await mcp.read_resource({})", py(uri))

    def _response(self, unit: ir.Resource) -> Code:
        kind, content = self._kind(unit), verbatim("json.loads(one.text)")
        if unit.is_binary or _binary_kind(unit) is not None or kind is _Response.EMPTY:
            return verbatim("result.contents")
        if kind is _Response.UNSHAPED:
            content, output = verbatim("one.text"), verbatim("CREATED.body.decode()")
        elif (shaped_output := self._output(unit)) is None:
            return verbatim("result.contents")
        else:
            output = shaped_output
        texts = fill(
            "[{} for one in result.contents if isinstance(one, TextResourceContents)]",
            content,
        )
        return fill("{} == [{}]", texts, output)


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
    """Return whether a response that is shaped has another format than JSON."""
    return any(
        not isinstance(projection, ir.Identity)
        and call.operation.response_format is not ir.Format.JSON
        for call, projection in ir.projected_calls(unit.implementation)
    )


def _has_body(unit: ir.Exposed) -> bool:
    return not (isinstance(unit, ir.Route) and unit.method == "HEAD")
