"""The flows of steps that routes and tools share, and the scripts that they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.emit.answers.queries import NAMES
from naftiko_gen.emit.code.names import FLOW_NAMES
from naftiko_gen.emit.code.naming import assign, free_name
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.literals import Code, bare
from naftiko_gen.language.names import env_name
from naftiko_gen.language.package_settings import SCRIPTS

Run = tuple[tuple[ir.ScriptFile, ...], float, bool]
"""The files of a script, and the rules of its runs."""


@dataclass(frozen=True)
class Flows:
    """The distinct flows of a capability, each with a name.

    Routes and tools with equal steps share a flow.
    """

    flows: tuple[tuple[str, ir.Flow], ...] = ()

    @classmethod
    def of(cls, capability: ir.Capability) -> Flows:
        """Collect the flows of all routes and tools, each once."""
        flows: dict[str, ir.Flow] = {}
        for flow in map(shared_flow, capability.flows):
            same = [name for name, other in flows.items() if other == flow]
            name = same[0] if same else free_name(flow.name, flows)
            if not same or not flows[name].description:
                flows[name] = flow
        return cls(tuple(flows.items()))

    def name(self, flow: ir.Flow) -> Code:
        """Return the name of a flow's coroutine."""
        own_flow = shared_flow(flow)
        wire = next(wire for wire, other in self.flows if other == own_flow)
        return self._names[wire]

    def inputs(self, flow: ir.Flow) -> Mapping[ir.Input, Code]:
        """Return the inputs of a shared flow, with the names of its arguments."""
        templates = [*flow.templates]
        if isinstance(flow.answer, ir.LastResponse):
            templates += ir.filled_templates(flow.answer.output)
        return named_inputs(templates, self.reserved)

    @cached_property
    def _names(self) -> Mapping[str, Code]:
        return assign((wire for wire, _ in self.flows), reserved=self.reserved)

    @cached_property
    def reserved(self) -> frozenset[str]:
        """Return the names that `functions.py` imports or uses itself."""
        values = (value for _, flow in self.flows for value in flow.step_values)
        has_queries = any(value.query is not None for value in values)
        return FLOW_NAMES | NAMES if has_queries else FLOW_NAMES


def named_inputs(
    templates: Iterable[ir.Template], reserved: frozenset[str]
) -> Mapping[ir.Input, Code]:
    """Return the inputs in templates, with the names of arguments."""
    sources = dict.fromkeys(chain.from_iterable(map(ir.placeholders, templates)))
    inputs = [source for source in sources if isinstance(source, ir.Input)]
    names = assign((source.name for source in inputs), reserved=reserved)
    return {source: names[source.name] for source in inputs}


def shared_flow(flow: ir.Flow) -> ir.Flow:
    """Return a flow with inputs that don't depend on the adapter."""
    return ir.flow_with_templates(flow, _share_inputs)


def answer_alike(unit: ir.Exposed, other: ir.Exposed) -> bool:
    """Return whether two units have the same outputs; their adapters may differ."""
    output, other_output = (
        ir.with_templates(exposed.implementation, _share_inputs).output
        for exposed in (unit, other)
    )
    kinds = {type(output), type(other_output)}
    return kinds == {ir.Identity} or output == other_output


def _share_inputs(template: ir.Template) -> ir.Template:
    def change(placeholder: ir.Placeholder) -> ir.Template:
        match placeholder:
            case ir.Argument(source=ir.Input() as source):
                return ir.Argument(shared_input(source))
            case _:
                return placeholder

    return ir.with_placeholders(template, change)


def shared_input(source: ir.Input) -> ir.Input:
    """Return an input as an argument; one that isn't JSON keeps its location."""
    is_raw = isinstance(source.location, ir.InText | ir.InContent)
    location = source.location if is_raw else ir.InArguments()
    return ir.Input(source.name, location, source.type, source.required)


@dataclass(frozen=True)
class Scripts:
    """The distinct scripts of a capability, each with the name of a constant."""

    names: dict[Run, str]
    switch: str
    """The environment variable that permits them."""

    @classmethod
    def of(cls, capability: ir.Capability) -> Scripts:
        """Collect the scripts of all routes and tools, each once."""
        names: dict[Run, str] = {}
        for step in script_steps(capability):
            if _run(step) not in names:
                name = f"{env_name(step.name)}_SCRIPT"
                names[_run(step)] = free_name(name, names.values(), "_")
        return cls(names, SCRIPTS.variable(capability.slug))

    def name(self, step: ir.ScriptStep) -> Code:
        """Return the name of a script's constant."""
        return bare(self.names[_run(step)])

    def declarations(self) -> Iterator[View]:
        """Yield the declaration of each script."""
        for (files, seconds, is_enabled), name in self.names.items():
            yield View(
                name=bare(name),
                paths=[file.path for file in files],
                seconds=seconds,
                is_enabled=is_enabled,
            )


def script_steps(capability: ir.Capability) -> Iterator[ir.ScriptStep]:
    """Yield the scripts that routes and tools run."""
    for unit in capability.exposed:
        for step in unit.implementation.steps:
            if isinstance(step, ir.ScriptStep):
                yield step


def script_files(capability: ir.Capability) -> Iterable[ir.ScriptFile]:
    """Return the files of all scripts, each once."""
    files = (file for step in script_steps(capability) for file in step.files)
    return {file.path: file for file in files}.values()


def _run(step: ir.ScriptStep) -> Run:
    return step.files, step.seconds, step.is_enabled
