"""The emitted tests of flows, whose mock upstream answers with samples."""

from pathlib import Path

from documents import document, tools
from packages import files

CONSUMES = Path(__file__).with_name("flow_tests.yaml").read_text("utf-8")
CAPTAIN = """\
- name: get-captain
  inputParameters: [{name: imo, type: string}]
  steps:
  - {type: call, name: ship, call: api.get-ship, with: {imo: '{{imo}}'}}
  - {type: call, name: crew, call: api.list-crew}
  - type: lookup
    name: found
    index: crew
    match: id
    lookupValue: $.ship.crew
    outputParameters: [ship]
  - {type: call, name: other, call: api.get-ship, with: {imo: '$.found[0].ship'}}
  mappings:
  - {targetName: captain, value: $.other.captain}
"""
COUNT = """\
- name: count-crew
  steps:
  - {type: call, name: crew, call: api.list-crew}
  mappings:
  - {targetName: total, value: $.crew.total}
"""
FLEET = """\
- name: list-fleet
  steps:
  - {type: call, name: fleet, call: api.list-fleet}
  mappings:
  - {targetName: fleet, value: $.fleet}
  outputParameters: [{name: fleet, type: TYPE}]
"""

MOCK, TESTS = "things/mock.py", "tests/test_mcp_server.py"


def emit_files(units: str) -> dict[str, str]:
    return files(document(CONSUMES, tools(units)))


def test_a_lookup_whose_entries_are_read_by_index_has_an_array_as_its_value() -> None:
    assert '"crew": ["1"]' in emit_files(CAPTAIN)[MOCK]


def test_a_flow_that_needs_the_result_of_a_lookup_has_no_test() -> None:
    package = emit_files(CAPTAIN + COUNT)

    assert "async def test_tool_count_crew(" in package[TESTS]
    assert "async def test_tool_get_captain(" not in package[TESTS]


def test_a_whole_answer_has_its_declared_members_in_the_mock() -> None:
    package = emit_files(FLEET.replace("TYPE", "object"))
    assert '"/fleet", {"names": {"long": ' in package[MOCK]
    assert '"fleet": ANY' in package[TESTS]

    package = emit_files(FLEET.replace("TYPE", "array"))
    assert '"/fleet", [{"names": {"long": ' in package[MOCK]


def test_a_step_may_pass_constants_inside_of_an_object() -> None:
    body = "{name: '{{name}}', tags: [new, {kind: cargo}], port: {at: rotterdam}}"
    more = f"""\
- name: create
  inputParameters: [{{name: name, type: string}}]
  steps:
  - {{type: call, name: ship, call: api.create, with: {{body: {body}}}}}
"""
    create = """\
    - name: create
      method: POST
      inputParameters: [{name: body, in: body}]
"""
    package = files(document(CONSUMES + create, tools(more)))

    assert "`create`" in package["README.md"]
