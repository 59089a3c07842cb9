"""Dialects: documents that no rule changes, and the cost of rules."""

import pytest
from documents import (
    document,
    findings,
    tools,
    upstream,
)

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.dialects import RULES, normalise
from naftiko_gen.dialects.rules.skills import skill_call
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping
from steps import IN_PROPORTION, growth

GET = """\
- name: list
  method: GET
"""
CALL = """\
- name: list
  description: List things.
  call: api.list
"""


def tree(text: str) -> Mapping:
    root = load(text.encode(), Report("spec.yaml"))
    assert root is not None
    return root


def test_a_canonical_document_is_left_as_it_is() -> None:
    text = document(upstream(GET, "'/things/{{id}}'"), tools(CALL))
    node = tree(text)
    report = Report("spec.yaml")
    assert normalise(node, report, "things") == node
    assert report.diagnostics == []


def test_another_kind_of_document_is_refused_without_its_keys() -> None:
    report = Report("spec.yaml")
    assert normalise(tree("openapi: 3.1.0\npaths: {}\n"), report, "things") is None
    (diagnostic,) = report.diagnostics
    assert diagnostic.code is Code.NOT_A_CAPABILITY
    assert diagnostic.message == "not a capability, but an OpenAPI document"
    assert diagnostic.hint == "make a capability of it with naftiko-gen import"


@pytest.mark.parametrize(
    ("indented_key", "line", "hint"),
    [
        ("  tools", 6, "indent 'tools', so that it is a key of the adapter"),
        ("    tool", 6, "did you mean 'tools'?"),
        ("    summary", 4, None),
    ],
)
def test_the_stray_key_of_an_empty_adapter_is_named(
    indented_key: str, line: int, hint: str | None
) -> None:
    report = Report("spec.yaml")
    text = (
        "naftiko: 1.0.0-alpha2\ncapability:\n  exposes:\n  - type: mcp\n"
        f"    port: 9090\n{indented_key}: [{{name: list}}]\n"
    )
    assert normalise(tree(text), report, "things") is None
    (diagnostic,) = report.diagnostics
    assert diagnostic.code is Code.EMPTY_ADAPTER
    assert diagnostic.hint == hint
    assert diagnostic.span is not None
    assert diagnostic.span.line == line


def test_the_key_that_a_capability_lacks_is_named() -> None:
    report = Report("spec.yaml")
    text = "info: {label: Things}\ncapability: {exposes: []}\n"
    assert normalise(tree(text), report, "things") is None
    (diagnostic,) = report.diagnostics
    assert diagnostic.hint == "write `naftiko: 1.0.0-alpha2` above the other keys"


@pytest.mark.parametrize(
    "text",
    ["0x1F", "0o14", "0xdAC17F958D2ee523a2206206994597C1", "007", "-01", "00.50"],
)
@pytest.mark.parametrize("holder", ["{}", "{{name: {}}}", "[1, {}]"])
def test_a_number_of_another_base_is_a_text_and_reported(
    text: str, holder: str
) -> None:
    data = holder.format(text)
    body = f"{GET}  body: {{type: json, data: {{a: {data}, b: '{text}', c: 0x}}}}\n"
    diagnostics = findings(document(upstream(body), tools(CALL)))
    assert [slug for slug, _ in diagnostics] == ["number-base"]
    assert diagnostics[0][1].startswith(text)


def skill(tools: str, head: str = "skills:\n- name: shopping\n  tools:\n") -> str:
    skills = "- type: skill\n  namespace: clerk\n"
    lines = "".join(f"  {line}\n" for line in (head + tools).splitlines())
    return skills + lines


def test_the_cost_is_in_proportion_to_the_calls_of_skills() -> None:
    def find_tools(calls: int) -> None:
        lines = (
            f"  - {{name: x, call: api.list, with: {{a: {number}}}}}\n"
            for number in range(calls)
        )
        exposed = tree(document(upstream(GET), skill("".join(lines))))
        skill_call(exposed, Report("spec.yaml"))

    assert growth(find_tools, 50) < IN_PROPORTION


def test_every_rule_leaves_an_alien_shape_alone() -> None:
    node = tree("naftiko: 1\ncapability: [1, {exposes: 2}]\ninfo: x\nbinds: {a: [b]}\n")
    for rule in RULES:
        report = Report("spec.yaml")
        assert rule(node, report) == node
        assert report.diagnostics == []
