"""Emitted tests that differ only in their values are rows of a JSON file."""

import json
from typing import Any

from documents import document, routes, tools, upstream
from packages import files

OPERATION = """\
- name: send
  method: POST
  inputParameters:
  - {name: note, in: query}
  body: {type: text, data: '{{note}}'}
"""
TOOL = """\
- name: tool-{}
  description: Send.
  call: api.send
  inputParameters: [{{name: note, type: string}}]
"""
SHAPED = """\
- name: shaped
  description: Send.
  call: api.send
  inputParameters: [{name: note, type: string}]
  outputParameters:
  - {type: object, properties: {title: {type: string, value: $.title}}}
"""
ROUTE = """\
  - path: /v1/notes-{0}
    operations:
    - name: send-{0}
      method: POST
      call: api.send
      inputParameters: [{{name: note, in: query}}]
"""
HEAD = """\
- name: ask
  method: HEAD
  call: api.send
  inputParameters: [{name: note, in: query}]
"""


def package(exposed: str) -> dict[str, str]:
    return files(document(upstream(OPERATION), exposed))


def tool_tests(number: int) -> tuple[str, dict[str, Any]]:
    """Return the tests of so many tools that are alike, and their table."""
    alike = "".join(map(TOOL.format, range(number)))
    content = package(tools(alike + SHAPED))
    table = content.get("tests/test_mcp_server.json", "{}")
    return content["tests/test_mcp_server.py"], json.loads(table)


def test_few_tests_stand_in_the_module() -> None:
    module, table = tool_tests(20)
    assert module.count("async def test_tool_") == 21
    assert table == {}


def test_many_tests_are_rows_but_for_those_that_differ() -> None:
    module, table = tool_tests(21)
    assert module.count("async def test_tool_") == 1
    assert "async def test_tool_shaped(" in module
    assert [*table] == [f"tool-{at}" for at in range(21)]
    note = "note 1/ü?"
    assert table["tool-0"] == {
        "sent": {"note": note},
        "calls": [["send", {"note": note}]],
    }


def test_a_row_of_a_route_is_its_request() -> None:
    content = package(routes(HEAD) + "".join(map(ROUTE.format, range(21))))
    table = json.loads(content["tests/test_rest.json"])
    assert [*table] == [f"send-{at}" for at in range(21)]
    assert table["send-7"]["sent"] == {
        "method": "POST",
        "url": "/v1/notes-7?note=note%201%2F%C3%BC%3F",
    }
    # It has no body that could pass.
    assert "def test_route_ask(" in content["tests/test_rest.py"]
