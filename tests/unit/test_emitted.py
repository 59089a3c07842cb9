"""Facts about packages of small specs: each table of `emitted/` is a subject."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from client_rules import broken_output_rules
from facts import Case, Facts, cases, spec_of

from naftiko_gen import ir
from naftiko_gen.emit.client.mock import mock_document, mock_view
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.tools.arguments import arguments_schema
from naftiko_gen.emit.tools.groups import groups
from naftiko_gen.emit.tools.outputs import listed_output
from naftiko_gen.emit.types.typed_dicts import response_types_view
from naftiko_gen.frontend import Meaning
from naftiko_gen.tools.quality.confusion import confusable_pairs
from naftiko_gen.tools.quality.listing import Listing

CASES = tuple(cases(Path(__file__).with_name("emitted")))


def arguments(capability: ir.Capability, key: str) -> Any:
    """Return a part of the schema of a tool's arguments."""
    return arguments_schema(capability.tools[0]).get(key)


def tool_output(capability: ir.Capability) -> Any:
    """Return the listed schema of a tool's output, which holds the rules of clients."""
    schema = listed_output(capability.tools[0])
    assert not [*broken_output_rules({"outputSchema": schema})]
    return schema


def samples(capability: ir.Capability) -> list[list[Any]]:
    """Return the answers of the mock, each with its status if it has one."""
    view = mock_view(Emission(capability))
    return [[*filter(None, (str(s.output), s.status))] for s in view.samples]


def response_types(capability: ir.Capability) -> list[list[str]]:
    """Return the types of responses with their members; some are made by a call."""
    view = response_types_view(capability)
    return [
        [
            str(type_.name) if type_.is_class else f"a call for {type_.name}",
            *(f"{member.key}: {member.annotation}" for member in type_.members),
        ]
        for type_ in (view.types if view else ())
    ]


EMITTED: dict[str, Callable[[ir.Capability], Any]] = {
    "tool arguments": lambda c: [*arguments(c, "properties")],
    "argument": lambda c: arguments(c, "properties")["n"],
    "required arguments": lambda c: arguments(c, "required"),
    "further arguments": lambda c: arguments(c, "additionalProperties"),
    "tool groups": lambda c: [*groups(c.tools)],
    "effects": lambda c: [tool.effect.value for tool in c.tools],
    "tool output": tool_output,
    "response types": response_types,
    "mock value": lambda c: mock_document(c, c.operations[0]),
    "samples": samples,
}


class EmittedFacts(Facts):
    """The facts about a spec, its package, and remarks about its tools."""

    def _fact(self, name: str, expected: Any) -> Any:
        if name in EMITTED:
            return EMITTED[name](self.capability)
        if name != "remarks":
            return super()._fact(name, expected)
        meaning = self._result[1].meaning
        assert isinstance(meaning, Meaning)
        remarks = Listing(Path("things.yaml"), meaning).remarks
        return [f"{r.code.slug} {self._at(r.span)}: {r.message}" for r in remarks]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_package_has_its_facts(case: Case) -> None:
    differences = EmittedFacts(spec_of(case.spec)).differences(case.expected)
    assert not differences, case.title


def test_an_optional_member_more_changes_no_other_argument() -> None:
    parameters = [{"name": name, "in": name} for name in ("query", "body")]
    body = {"type": "json", "data": "{{body}}"}
    operation = {"method": "POST", "inputParameters": parameters, "body": body}
    for count in range(60):
        names = ["a", *(f"m{at}" for at in range(count))]
        members = {name: {"type": "string", "required": name == "a"} for name in names}
        inputs = [{"name": "body", "type": "object", "properties": members}]
        spec = spec_of({"operation": operation, "tool": {"inputParameters": inputs}})
        assert not EmittedFacts(spec).differences({"tool arguments": names})


def test_long_names_of_members_are_cut() -> None:
    names = ("a" * 200, "b" * 150)
    schema: dict[str, object] = {"properties": {name: {} for name in names}}
    operation = {"method": "GET", "outputSchema": schema}
    output = {"type": "object", "description": f"Members: {names[0]}, …"}
    facts = EmittedFacts(spec_of({"operation": operation, "tool": {}}))
    assert not facts.differences({"tool output": output})


def test_a_tool_has_few_pairs_with_others() -> None:
    (tool,) = EmittedFacts(spec_of({"tool": {}})).capability.tools
    assert len(confusable_pairs([tool] * 200)) < 200 * 6
