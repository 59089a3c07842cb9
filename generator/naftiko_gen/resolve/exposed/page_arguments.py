"""The parameters of a call that ask for a page, by the tool's arguments for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.resolve.exposed.names import ARGUMENT_NAMES, aliases
from naftiko_gen.resolve.exposed.paging import asks_for_page, is_number, usual_number
from naftiko_gen.resolve.exposed.response_lists import typed_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SEARCHING = frozenset({"POST", "QUERY"})
"""The methods of searches, whose body may ask for a page."""
_DEEPEST = 3
"""The levels of a body whose members may ask for a page."""


@dataclass(frozen=True)
class PageArguments:
    """The inputs that feed the parameters of a call, by names of these.

    Attributes:
        query: The inputs of parameters in the query, and those that can be added.
        others: The inputs of parameters in other places.
        fixed: Other parameters of the query, with inputs that the tool can't have.
        added: Optional parameters that the call leaves out, by their possible inputs.
        numbers: The known values of fixed parameters that are numbers.
        shared: Inputs that steps use elsewhere as well.
        members: Inputs of members of a body, and such members as inputs.
        paths: The paths of members in the input that is the body, by their inputs.
    """

    query: Mapping[str, ir.Input]
    others: Mapping[str, ir.Input]
    fixed: Mapping[str, ir.Input] = field(default_factory=dict)
    added: Mapping[ir.Input, ir.Parameter] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    members: Mapping[str, ir.Input] = field(default_factory=dict)
    paths: Mapping[str | None, ir.MemberPath] = field(default_factory=dict)

    @property
    def candidates(self) -> dict[str, ir.Input]:
        """Return the parameters of the query or the body that may ask for a page."""
        return {**self.members, **self.query, **self.fixed}

    @property
    def named(self) -> dict[str, ir.Input]:
        """Return all parameters, and members of the body by their paths."""
        by_path = {source.name: source for source in self.members.values()}
        return {**by_path, **self.others, **self.query, **self.fixed}

    def wire(self, name: str | None) -> str:
        """Return the name of the parameter that an input feeds."""
        parameters = {**self.others, **self.candidates}.items()
        return next(wire for wire, source in parameters if source.name == name)

    def obstacle(self, paging: ir.Paging) -> str | None:
        """Return the reason why an argument can't ask for the next page."""
        fixed_names = {source.name for source in self.fixed.values()}
        if paging.argument in fixed_names:
            return "which the call gives a value of its own"
        if paging.argument in self.shared:
            return "whose input other parameters get, too"
        return None

    def in_arguments(self, paging: ir.Paging) -> ir.Paging:
        """Return a paging of candidates only in terms of the tool's arguments."""
        wires = {source.name: wire for wire, source in self.fixed.items()}
        others = {*wires, *(source.name for source in self.added)}
        paging = replace(
            paging,
            query=tuple(wire for wire in paging.query if wire in self.query),
            named=tuple(pair for pair in paging.named if pair[0] in self.query),
            rivals=tuple(name for name in paging.rivals if name not in others),
        )
        names = dict.fromkeys((paging.argument, paging.size, *paging.rivals))
        inside = tuple(self.paths[name] for name in names if name in self.paths)
        paging = replace(paging, inside=inside)
        if paging.size not in wires:
            return paging
        number = self.numbers.get(wires[paging.size])
        return replace(paging, size=None, usual_size=number, least_size=None)

    def fits(self, source: ir.Input, kind: ir.PagingKind) -> bool:
        """Return whether an input that is added is a number where pages are counted."""
        is_counted = kind in (ir.PagingKind.OFFSET, ir.PagingKind.PAGE)
        return not (is_counted and source in self.added) or is_number(source)

    def additions(self, paging: ir.Paging) -> dict[ir.Input, ir.Parameter]:
        """Return the inputs that the tool lacks for a paging, and their parameters."""
        by_url = {source for wire, source in self.query.items() if wire in paging.query}
        return {
            source: parameter
            for source, parameter in self.added.items()
            if source.name == paging.argument or source in by_url
        }


def page_arguments(tool: ir.Tool, call: ir.Call) -> PageArguments:
    """Return the inputs that feed a call; tools with steps may get more of them."""
    values, members = tuple(_query_values(call)), tuple(_body_members(call))
    query = {v.wire: v.source for v in values if isinstance(v.source, ir.Input)}
    sources = ((parameter.name, _source(value)) for parameter, value in call.arguments)
    arguments = PageArguments(
        query,
        {name: source for name, source in sources if isinstance(source, ir.Input)},
        members={member.wire: member.source for member in members},
        paths={m.source.name: m.path for m in members if m.path is not None},
    )
    steps = tool.implementation.steps
    if not steps:
        return arguments
    others = [value for value in values if value.wire not in query]
    additions = {v.wire: v for v in others if v.parameter and v.may_be_added}
    inputs = {wire: value.new_input(tool) for wire, value in additions.items()}
    rest = [value for value in others if value.wire not in additions]
    return replace(
        arguments,
        query=query | inputs,
        fixed={value.wire: value.stand_in for value in rest},
        added={inputs[w]: v.parameter for w, v in additions.items() if v.parameter},
        numbers={v.wire: v.number for v in rest if v.number is not None},
        shared=_shared_inputs(steps),
    )


@dataclass(frozen=True)
class _QueryValue:
    """A value of a query; None if the call leaves out its parameter."""

    wire: str
    parameter: ir.Parameter | None
    template: ir.Template | None

    @property
    def source(self) -> ir.Parameter | ir.Input | None:
        """Return the input that is the whole value."""
        return _source(self.template)

    @property
    def may_be_added(self) -> bool:
        """Return whether an input may ask for another page by it."""
        return self.template is None and asks_for_page(self.wire)

    def new_input(self, tool: ir.Tool) -> ir.Input:
        """Return an input for it, with a name that clients accept."""
        names = [source.name for source in tool.inputs]
        name = f"next_{self.wire}" if self.wire in names else self.wire
        name = aliases([*names, name], ARGUMENT_NAMES).get(name, name)
        text = self.parameter.description if self.parameter else None
        text = text or "The place of another page, as `next` says"
        return replace(self.stand_in, name=name, description=text)

    @property
    def stand_in(self) -> ir.Input:
        """Return an input in its place; no argument has such a name."""
        name = f"({self.wire})"
        return ir.Input(name, ir.InArguments(), self._type, required=False)

    @property
    def number(self) -> int | None:
        """Return the number that is sent, or that the API assumes, if it is known."""
        match self.template:
            case ir.Constant(value=int() as number):
                return number
            case None:
                return usual_number(self.stand_in)
            case _:
                return None

    @property
    def _type(self) -> ir.Type:
        if self.parameter is not None:
            return self.parameter.schema or self.parameter.type
        is_known = self.template is not None and self.number is not None
        return ir.Primitive.INTEGER if is_known else ir.Primitive.STRING


# --- bodies ---


@dataclass(frozen=True)
class _Member:
    """A member of a body, named as in a query: `page[cursor]`.

    Its path begins with the input that is the body; None if it has an input itself.
    """

    wire: str
    source: ir.Input
    path: ir.MemberPath | None = None


def _body_members(call: ir.Call) -> Iterator[_Member]:
    """Yield the members of a JSON body that inputs feed."""
    body, arguments = call.operation.body, dict(call.arguments)
    if body is None or call.operation.method not in SEARCHING:
        return
    body_input = _source(arguments.get(body.entity)) if body.entity else None
    if isinstance(body_input, ir.Input):
        yield from _members_of(body_input.type, (body_input.name,), ())
    elif isinstance(body.json, ir.ObjectTemplate):
        yield from _members_in(body.json, arguments, ())


def _members_of(
    kind: ir.Type, path: ir.MemberPath, names: ir.MemberPath
) -> Iterator[_Member]:
    for name, inner in typed_fields(kind) if len(names) < _DEEPEST else ():
        inner_path, inner_names = (*path, name), (*names, name)
        source = ir.Input(
            ir.join_names(inner_path), ir.InField(inner_names), inner, required=False
        )
        yield _Member(_wire(inner_names), source, inner_path)
        yield from _members_of(inner, inner_path, inner_names)


def _members_in(
    template: ir.ObjectTemplate,
    arguments: Mapping[ir.Parameter, ir.Template],
    names: ir.MemberPath,
) -> Iterator[_Member]:
    for name, value in template.entries if len(names) < _DEEPEST else ():
        match value:
            case ir.ObjectTemplate():
                yield from _members_in(value, arguments, (*names, name))
            case ir.Argument(source=ir.Parameter() as parameter):
                source = _source(arguments.get(parameter))
                if isinstance(source, ir.Input):
                    yield _Member(_wire((*names, name)), source)
            case _:
                pass


def _wire(names: ir.MemberPath) -> str:
    first, *inner = names
    return first + "".join(f"[{name}]" for name in inner)


# --- queries ---


def _query_values(call: ir.Call) -> Iterator[_QueryValue]:
    arguments = dict(call.arguments)
    for wire, template in call.operation.query:
        match _source(template):
            case ir.Parameter() as parameter:
                yield _QueryValue(wire, parameter, arguments.get(parameter))
            case _:
                yield _QueryValue(wire, None, template)


def _shared_inputs(steps: tuple[ir.FlowStep, ...]) -> frozenset[str]:
    """Return the names of inputs that steps use several times."""
    templates = chain.from_iterable(step.templates for step in steps)
    sources = chain.from_iterable(map(ir.placeholders, templates))
    uses = Counter(source.name for source in ir.of_kind(ir.Input, sources))
    return frozenset(name for name, count in uses.items() if count > 1)


def with_added(
    tool: ir.Tool, name: str | None, parameters: Mapping[ir.Input, ir.Parameter]
) -> ir.Tool:
    """Return a tool with further inputs, which a step of its flow passes on."""
    arguments = tuple((p, ir.Argument(source)) for source, p in parameters.items())

    def add(step: ir.FlowStep) -> ir.FlowStep:
        if not isinstance(step, ir.CallStep) or step.name != name:
            return step
        all_arguments = (*step.call.arguments, *arguments)
        return replace(step, call=replace(step.call, arguments=all_arguments))

    match tool.implementation:
        case ir.Flow(steps=steps) as flow:
            new_flow = replace(flow, steps=tuple(map(add, steps)))
            inputs = (*tool.inputs, *parameters)
            return replace(tool, inputs=inputs, implementation=new_flow)
        case ir.ProjectedCall() | ir.Forward():
            return tool
        case _:
            assert_never(tool.implementation)


def _source(template: ir.Template | None) -> ir.Parameter | ir.Input | None:
    return template.source if isinstance(template, ir.Argument) else None
