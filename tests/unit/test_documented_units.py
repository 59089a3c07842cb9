"""Routes and tools of one operation in `SKILL.md` and `README.md`."""

import pytest
from documents import document, routes, tools, upstream
from packages import files

CONSUMES = upstream("- {name: find, inputParameters: [{name: x, in: query}]}\n")
TOOL = "- {name: find, description: Find., call: api.find, inputParameters: [X]OUT}\n"
ROUTE = "- {name: count, description: Count., method: GET, call: api.find, "
ROUTE += "inputParameters: [{name: x, in: query}]OUT}\n"
NAME = "type: object, properties: {name: {type: string, mapping: $.name}}"
FILLED = NAME.replace("mapping: $.name", "value: 'of {{x}}'")


def pages(of_tool: str, of_route: str) -> tuple[str, str]:
    """Return the skill and the README of a tool and a route with these outputs."""
    tool = TOOL.replace("X", "{name: x, type: string, required: false}")
    exposed = "".join(
        adapter(unit.replace("OUT", f", outputParameters: [{{{output}}}]"))
        for adapter, unit, output in ((tools, tool, of_tool), (routes, ROUTE, of_route))
    )
    package = files(document(CONSUMES, exposed))
    return package["skills/things/SKILL.md"], package["README.md"]


@pytest.mark.parametrize("output", ["type: object, mapping: $.", NAME, FILLED])
def test_a_route_and_a_tool_with_the_same_outputs_are_one_entry(output: str) -> None:
    skill, readme = pages(output, output)

    assert "Count." not in skill
    assert "| `GET /v1/things` | `find` (read-only) |" in readme


@pytest.mark.parametrize("output", ["type: object, mapping: $.", FILLED])
def test_a_route_and_a_tool_with_other_outputs_are_two_entries(output: str) -> None:
    skill, readme = pages(NAME, output)

    tool, _, route = skill.partition("## count")
    assert "curl" not in tool.partition("## find")[2]
    assert "Count." in route
    assert "curl" in route
    assert "| Count. | `GET /v1/things` |  |" in readme
    assert "| Find. |  | `find` (read-only) |" in readme
