"""The flows of steps, which routes and tools share, and their coroutines' names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import assign
from naftiko_gen.emit.package.names import FLOW_NAMES
from naftiko_gen.emit.package.queries import NAMES
from naftiko_gen.ir import (
    Argument,
    Flow,
    Identity,
    InArguments,
    InContent,
    Input,
    InText,
    LastResponse,
    filled_templates,
    flow_with_templates,
    placeholders,
    projection_of,
    with_placeholders,
    with_templates,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import (
        Capability,
        Exposed,
        Placeholder,
        Template,
    )


@dataclass(frozen=True)
class Flows:
    """The distinct flows of a capability, each with a name.

    Routes and tools with equal steps share a flow.
    """

    flows: tuple[tuple[str, Flow], ...] = ()

    @classmethod
    def of(cls, capability: Capability) -> Flows:
        """Collect the flows of all routes and tools, each once."""
        flows: dict[str, Flow] = {}
        for flow in map(shared_flow, capability.flows):
            existing_name = next(
                (name for name, other in flows.items() if other == flow), None
            )
            name = existing_name or _free(flow.name, flows)
            if existing_name is None or not flows[name].description:
                flows[name] = flow
        return cls(tuple(flows.items()))

    def name(self, flow: Flow) -> Code:
        """Return the name of a flow's coroutine."""
        wire = next(wire for wire, other in self.flows if other == shared_flow(flow))
        return self._names[wire]

    def inputs(self, flow: Flow) -> Mapping[Input, Code]:
        """Return the inputs of a shared flow, with the names of its arguments."""
        templates = [*flow.templates]
        if isinstance(flow.answer, LastResponse):
            templates += filled_templates(flow.answer.output)
        sources = dict.fromkeys(chain(*map(placeholders, templates)))
        inputs = [source for source in sources if isinstance(source, Input)]
        names = assign((source.name for source in inputs), reserved=self.reserved)
        return {source: names[source.name] for source in inputs}

    @cached_property
    def _names(self) -> Mapping[str, Code]:
        return assign((wire for wire, _ in self.flows), reserved=self.reserved)

    @cached_property
    def reserved(self) -> frozenset[str]:
        """Return the names that `functions.py` imports or uses itself."""
        values = (value for _, flow in self.flows for value in flow.step_values)
        has_queries = any(value.query is not None for value in values)
        return FLOW_NAMES | NAMES if has_queries else FLOW_NAMES


def shared_flow(flow: Flow) -> Flow:
    """Return a flow with inputs that don't depend on the adapter."""
    return flow_with_templates(flow, _share_inputs)


def answer_alike(unit: Exposed, other: Exposed) -> bool:
    """Return whether two units have the same outputs; their adapters may differ."""
    output, other_output = (
        projection_of(with_templates(exposed.implementation, _share_inputs))
        for exposed in (unit, other)
    )
    are_unchanged = isinstance(output, Identity) and isinstance(other_output, Identity)
    return are_unchanged or output == other_output


def _share_inputs(template: Template) -> Template:
    def change(placeholder: Placeholder) -> Template:
        match placeholder:
            case Argument(source=Input() as source):
                return Argument(shared_input(source))
            case _:
                return placeholder

    return with_placeholders(template, change)


def shared_input(source: Input) -> Input:
    """Return an input as an argument; one that isn't JSON keeps its location."""
    is_raw = isinstance(source.location, InText | InContent)
    location = source.location if is_raw else InArguments()
    return Input(source.name, location, source.type, source.required)


def _free(name: str, used_names: Collection[str]) -> str:
    candidates = (f"{name} {number}" for number in count(2))
    return next(wire for wire in chain([name], candidates) if wire not in used_names)
