"""Packages that call no upstream: nothing in them is about upstreams."""

import json
import re

import pytest
from packages import files

HEAD = "naftiko: 1.0.0-alpha2\ncapability:\n  exposes:\n"
MOCKS = """\
  - type: rest
    namespace: library
    port: 8080
    resources:
    - path: /hello
      operations:
      - name: greet
        method: GET
        inputParameters: [{name: name, in: query, type: string}]
        outputParameters: [{type: string, value: "Hello, {{name}}"}]
"""
PROMPTS = """\
  - type: mcp
    namespace: voyages
    port: 9090
    prompts:
    - name: check
      label: Check
      description: Check a plan.
      template: [{role: user, content: Check the plan.}]
"""
ABOUT_UPSTREAMS = re.compile(
    r"upstream|made up|--mock|SSL_CERT_FILE|CallError` if|"
    r"THINGS_(TIMEOUT|MAX_CONCURRENCY|TRUST_ENV|TRUST_NETRC)",
    re.IGNORECASE,
)
"""Words that such a package has no use for."""


@pytest.mark.parametrize("exposes", [MOCKS, PROMPTS, MOCKS + PROMPTS])
def test_a_package_of_mocks_has_nothing_about_upstreams(exposes: str) -> None:
    package = files(HEAD + exposes)

    own = {path: text for path, text in package.items() if "/_runtime/" not in path}
    for path, text in own.items():
        assert not ABOUT_UPSTREAMS.findall(text), path
    assert not {"things/client.py", "things/mock.py"} & {*own}
    assert not any(path.endswith("upstream/client.py") for path in package)


def test_a_mock_responds_with_an_object() -> None:
    document = json.loads(files(HEAD + MOCKS)["things/openapi.json"])
    success = document["paths"]["/hello"]["get"]["responses"]["200"]

    assert success["content"]["application/json"]["schema"]["type"] == "object"


def test_a_skill_lists_resources() -> None:
    mcp = PROMPTS.replace("prompts:", "resources:").replace(
        "template: [{role: user, content: Check the plan.}]",
        "uri: plans://{name}\n      outputParameters: [{type: string, value: Yes.}]",
    )
    skill = files(HEAD + mcp)["skills/things/SKILL.md"]

    assert "Read the resources below if their MCP server is connected:" in skill
    assert "- `plans://{name}`: Check a plan." in skill
    assert "tools" not in skill.partition("## Errors")[0]


def test_a_mock_beside_calls_is_the_same_function() -> None:
    consumes = """\
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.example.com
    resources:
    - {name: all, path: /all, operations: [{name: read}]}
"""
    tool = """\
    tools: [{name: read, description: Read., call: api.read}]
"""
    alone = files(HEAD + MOCKS)["things/functions.py"]
    both = files(HEAD + MOCKS + PROMPTS + tool + consumes)

    assert both["things/functions.py"] == alone
    assert "    connect=connect," in both["things/mcp_server.py"]
