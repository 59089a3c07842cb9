"""Imports of declarations: each table of `imported/` is a subject."""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from documents import resolve
from facts import Case, Facts, Values, cases

from naftiko_gen import frontend, ir
from naftiko_gen.diagnostics.report import Report, Severity
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.dialects import IMPORT_RULES, spell_imports
from naftiko_gen.dialects.rewriting import mappings
from naftiko_gen.imports import complete
from naftiko_gen.syntax.reader import load

CASES = tuple(cases(Path(__file__).with_name("imported")))
OF_CASES = ("files", "document")
SPEC = Path("spec.yaml")

pytestmark = pytest.mark.usefixtures("place")


def write(name: str, content: Any) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(content if isinstance(content, str) else text_of(content))


def text_of(document: Any) -> str:
    """Return a document as JSON, with a version unless it has one."""
    root = {} if "ikanos" in document or "openapi" in document else VERSION
    return json.dumps({**root, **expand(document)}, indent=1)


VERSION = {"naftiko": "1.0.0-alpha2"}
CITY = {"inputParameters": [{"name": "city", "in": "path"}]}


def expand(value: Any) -> Any:
    """Return a value whose short APIs and adapters are whole."""
    match value:
        case {"api": namespace}:
            return api(namespace, **{k: v for k, v in value.items() if k != "api"})
        case {"calls": list(names)}:
            adapter = server("", port=9090)
            (tool,) = adapter["tools"]
            tools = [{**tool, "name": name, "call": name, "with": {}} for name in names]
            return {**adapter, "tools": tools}
        case {"tool-of": call}:
            return server(call, **{k: v for k, v in value.items() if k != "tool-of"})
        case dict():
            return {key: expand(part) for key, part in value.items()}
        case list():
            return list(map(expand, value))
        case _:
            return value


def api(
    namespace: str, host: str = "x.example", key: str = "", operation: str = "get-city"
) -> Any:
    """Return a consumed API with one operation."""
    token = {"type": "bearer", "token": f"{{{{{key}}}}}"}
    resource = {
        "name": "r",
        "path": "/c/{{city}}",
        "operations": [{**CITY, "name": operation}],
    }
    about: Values = {
        "type": "http",
        "namespace": namespace,
        "baseUri": f"https://{host}",
    }
    about |= {"authentication": token} if key else {}
    return {**about, "resources": [resource]}


def server(call: str, namespace: str = "tools", port: int = 9090) -> Any:
    """Return an MCP adapter with the tool `show`."""
    tool = {"name": "show", "description": "Show.", "call": call, "with": {"city": "a"}}
    return {"type": "mcp", "namespace": namespace, "port": port, "tools": [tool]}


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_an_import_has_its_facts(case: Case) -> None:
    for name, content in case.expected.get("files", {}).items():
        write(name, content)
    facts = Imported(text_of(case.expected["document"]))
    expected = {k: v for k, v in case.expected.items() if k not in OF_CASES}
    assert not facts.differences(expected), case.title


class Imported(Facts):
    """The facts about a spec with imports."""

    @cached_property
    def _result(self) -> tuple[ir.Capability | None, frontend.Reading]:
        return resolve(self.text, SPEC)

    def codes(self, *severities: Severity) -> list[str]:
        """Return the codes of the diagnostics of some severities, of any file."""
        diagnostics = self._result[1].diagnostics
        return [d.code.slug for d in diagnostics if d.severity in severities]

    def values(self, *path: str) -> list[Plain]:
        """Return the values at a path of the capability, once imports are read."""
        report = Report("spec.yaml")
        tree = load(self.text.encode(), report)
        root = complete(tree, SPEC, report).tree if tree else None
        assert root is not None, report.diagnostics
        *holders, key = path
        nodes = (node.get(key) for node in mappings(root, ("capability", *holders)))
        return [node.plain() for node in nodes if node is not None]

    def _fact(self, name: str, expected: Any) -> Any:
        match name:
            case "errors":
                return self.codes(Severity.ERROR)
            case "codes":
                return self.codes(*Severity)
            case "has":
                return [code for code in expected if code in self.codes(*Severity)]
            case "variables":
                return [variable.name for variable in self.capability.variables]
            case "addresses":
                return {s.namespace: [*addresses(s)] for s in self.capability.mcp}
            case "keys":
                return dict(keys(self.capability))
            case "hosts":
                return len(self.capability.upstreams)
            case "consumed":
                return self.values("consumes", "namespace")
            case "tree":
                return {place: self.values(*place.split("/")) for place in expected}
            case "same as":
                same = Imported(text_of(expected)).capability
                return expected if self.capability == same else None
            case "same tools as":
                same = Imported(text_of(expected)).capability
                return expected if self.capability.tools == same.tools else None
            case _:
                return super()._fact(name, expected)


def addresses(server: ir.McpAdapter) -> Iterator[str]:
    """Yield the addresses that the tools of an adapter call."""
    for tool in server.tools:
        for call in ir.calls(tool.implementation):
            yield "".join(map(str, call.operation.upstream.base_uri))


def keys(capability: ir.Capability) -> Iterator[tuple[str, str]]:
    """Yield the address and the variable of each upstream's credential."""
    for upstream in capability.upstreams:
        if upstream.credential:
            [variable] = upstream.credential.variables
            yield "".join(map(str, upstream.base_uri)), variable.name


SHARED = {
    "consumes": [{"api": "weather"}],
    "exposes": [{"tool-of": "weather.get-city"}],
}


def test_imports_of_all_sections_count_together() -> None:
    write("shared.yaml", SHARED)
    entry = {"location": "shared.yaml", "import": "tools"}
    entries = [{**entry, "as": f"a{number}"} for number in range(65)]
    facts = Imported(text_of({"capability": {"exposes": entries}}))
    assert "too-many-imports" in facts.codes(Severity.ERROR)


def test_references_of_only_dots_take_time_in_proportion() -> None:
    write("shared.yaml", {**SHARED, "exposes": [{"tool-of": f"a{'.' * 30_000}"}]})
    entry = {"location": "shared.yaml", "import": "tools"}
    facts = Imported(text_of({"capability": {"exposes": [entry]}}))
    assert facts.codes(Severity.ERROR) == ["unknown-operation"]


def test_nothing_of_a_file_of_secrets_is_shown() -> None:
    write("s.yaml", "token: s3cr3t\nbinds: s3cr3t\n")
    capability = {"consumes": [{"api": "a"}], "exposes": [{"tool-of": "a.get-city"}]}
    binds = [{"location": "s.yaml", "import": "x"}]
    _, reading = resolve(text_of({"binds": binds, "capability": capability}), SPEC)
    assert "s3cr3t" not in " ".join(d.message for d in reading.diagnostics)
    assert not any(b"s3cr3t" in content for content in reading.sources.values())


def test_every_rule_is_idempotent() -> None:
    imports = ["a.yaml", {"url": "b.yaml", "name": "b"}]
    node = load(text_of({"imports": imports}).encode(), Report("spec.yaml"))
    assert node is not None
    once = spell_imports(node, Report("spec.yaml"))
    report = Report("spec.yaml")
    for rule in IMPORT_RULES[:2]:
        assert rule(once, report) == once
    assert report.diagnostics == []
