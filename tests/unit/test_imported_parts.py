"""Imports of adapters, aggregates and binds, with all that they refer to."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from documents import resolved

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.dialects.rewriting import mappings
from naftiko_gen.imports import complete
from naftiko_gen.syntax.reader import load

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Plain

CORPUS = (
    Path(__file__).parents[3] / "shared" / "corpus" / "ikanos" / "tests" / "imports"
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(dedent(text), encoding="utf-8")


def api(namespace: str, host: str, more: str = "") -> str:
    """Return a consumed API with the operation `get-city`."""
    return (
        f"- {{type: http, namespace: {namespace}, baseUri: 'https://{host}', {more}\n"
        "   resources: [{name: r, path: '/c/{{city}}',"
        " operations: [{name: get-city}]}]}\n"
    )


def tools(namespace: str, call: str, port: int = 9090, town: str = "") -> str:
    """Return an MCP adapter with the tool `show`."""
    arguments = f"{{city: '{town}'}}" if town else "{city: a}"
    return (
        f"- {{type: mcp, namespace: {namespace}, port: {port}, tools: [\n"
        f"   {{name: show, description: Show., call: {call}, with: {arguments}}}]}}\n"
    )


def spec(exposes: str, consumes: str = "", before: str = "", more: str = "") -> str:
    lists = f"  consumes:\n{indented(consumes)}" if consumes else ""
    return (
        f"naftiko: 1.0.0-alpha2\n{before}capability:\n{lists}{more}"
        f"  exposes:\n{indented(exposes)}"
    )


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def compiled(text: str) -> ir.Capability:
    capability, reading = resolved(text, Path("spec.yaml"))
    errors = [d.message for d in reading.diagnostics if d.severity is Severity.ERROR]
    assert capability is not None, errors
    return capability


def errors(text: str) -> list[Diagnostic]:
    diagnostics = resolved(text, Path("spec.yaml"))[1].diagnostics
    return [d for d in diagnostics if d.severity is Severity.ERROR]


def slugs(text: str) -> list[str]:
    return [diagnostic.code.slug for diagnostic in errors(text)]


def called(capability: ir.Capability, adapter: str) -> list[str]:
    """Return the addresses that the tools of an adapter call."""
    (server,) = (mcp for mcp in capability.mcp if mcp.namespace == adapter)
    return [
        "".join(map(str, call.operation.upstream.base_uri))
        for tool in server.tools
        for call in ir.calls(tool.implementation)
    ]


def values(text: str, *path: str) -> list[Plain]:
    """Return the values at a path of a capability, after its imports were read."""
    report = Report("spec.yaml")
    tree = load(dedent(text).encode(), report)
    assert tree is not None
    root = complete(tree, Path("spec.yaml"), report).tree
    assert root is not None, report.diagnostics
    *holders, key = path
    nodes = (node.get(key) for node in mappings(root, ("capability", *holders)))
    return [node.plain() for node in nodes if node is not None]


SHARED = (
    "naftiko: 1.0.0-alpha2\n"
    "binds: [{namespace: env, keys: {KEY: SHARED_KEY}}]\n"
    "consumes:\n"
    + api(
        "weather", "shared.example", "authentication: {type: bearer, token: '{{KEY}}'},"
    )
    + "exposes:\n"
    + tools("forecasts", "weather.get-city")
)
IMPORT = "- {location: shared.yaml, import: forecasts}\n"


# --- adapters ----------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        "{location: ./shared.yaml, import: forecasts}",
        "{location: 'file:shared.yaml', import: forecasts, description: Cities.}",
        "{from: shared.yaml, import: forecasts}",
    ],
)
def test_an_adapter_brings_its_api_and_its_binds(entry: str) -> None:
    write("shared.yaml", SHARED)
    capability = compiled(spec(f"- {entry}\n"))
    assert called(capability, "forecasts") == ["https://shared.example"]
    assert [variable.name for variable in capability.variables] == ["SHARED_KEY"]


def test_an_ikanos_spec_imports_by_from() -> None:
    write("shared.yaml", SHARED)
    entry = "{from: shared.yaml, import: forecasts}"
    text = f"ikanos: 1.0.0-beta5\ncapability:\n  exposes:\n  - {entry}\n"
    assert called(compiled(text), "forecasts") == ["https://shared.example"]


@pytest.mark.parametrize(
    ("root", "codes"),
    [("naftiko: 1.0.0-alpha2", []), ("ikanos: 1.0.0-beta5", ["missing-key"])],
)
def test_an_import_of_apis_has_a_name_in_ikanos(root: str, codes: list[str]) -> None:
    write("shared.yaml", SHARED)
    exposed = indented(tools("own", "weather.get-city"))
    text = (
        f"{root}\ncapability:\n  consumes: [{{from: shared.yaml}}]\n"
        f"  exposes:\n{exposed}"
    )
    assert [error.code.slug for error in errors(text)] == codes


def test_an_import_means_the_same_as_its_text() -> None:
    write("shared.yaml", SHARED)
    binds, consumes, exposes = SHARED.partition("consumes:")[0], SHARED, ""
    _, _, rest = consumes.partition("consumes:\n")
    consumes, _, exposes = rest.partition("exposes:\n")
    written = spec(exposes, consumes, binds.partition("\n")[2])
    assert compiled(spec(IMPORT)) == compiled(written)


def test_another_name_is_that_of_all_references() -> None:
    shared = SHARED.replace(
        "city: a", "city: forecasts.town, other: '{{ forecasts.x }}'"
    )
    skill = (
        "- {type: skill, namespace: s, skills: [{name: k, description: K., tools: [\n"
        "   {name: show, from: {sourceNamespace: forecasts, action: show}}]}]}\n"
    )
    write(
        "shared.yaml",
        shared.replace(
            "get-city}", "get-city, inputParameters: [{name: other, in: query}]}"
        )
        + skill,
    )
    text = spec(
        "- {location: shared.yaml, import: forecasts, as: towns}\n"
        "- {location: shared.yaml, import: s}\n"
    )
    capability = compiled(text)
    (tool,) = capability.tools
    assert [i.name for i in tool.inputs] == ["town", "x"]
    assert [adapter.namespace for adapter in capability.mcp] == ["towns"]
    assert [s.name for s in capability.skills] == ["k"]


def test_a_skill_needs_its_adapter_to_be_imported() -> None:
    skill = (
        "- {type: skill, namespace: s, skills: [{name: k, description: K., tools: [\n"
        "   {name: show, from: {sourceNamespace: forecasts, action: show}}]}]}\n"
    )
    write("shared.yaml", SHARED + skill)
    own = tools("forecasts", "own.get-city")
    text = spec(
        f"{own}- {{location: shared.yaml, import: s}}\n", api("own", "own.example")
    )
    (error,) = errors(text)
    assert error.code.slug == "unknown-adapter"
    assert "at shared.yaml:7, which isn't imported" in error.message


def test_a_name_of_the_spec_does_not_capture_a_reference() -> None:
    write("shared.yaml", SHARED)
    own = api(
        "weather", "own.example", "authentication: {type: bearer, token: '{{KEY}}'},"
    )
    binds = "binds: [{namespace: env, keys: {KEY: OWN_KEY}}]\n"
    text = spec(IMPORT + tools("own", "weather.get-city", 9091), own, binds)
    capability = compiled(text)
    assert called(capability, "forecasts") == ["https://shared.example"]
    assert called(capability, "own") == ["https://own.example"]
    credentials = {
        upstream.base_uri: upstream.credential.variables[0].name
        for upstream in capability.upstreams
        if upstream.credential
    }
    assert credentials == {
        ("https://shared.example",): "SHARED_KEY",
        ("https://own.example",): "OWN_KEY",
    }


def test_a_name_of_an_imported_file_does_not_leak() -> None:
    write("shared.yaml", SHARED)
    own = tools("own", "weather.get-city", 9091)
    text = spec(IMPORT + own, api("a", "own.example"))
    assert slugs(text) == ["unknown-operation"]


def test_an_imported_api_has_the_name_of_the_spec() -> None:
    write("shared.yaml", SHARED)
    text = spec(IMPORT, "- {location: shared.yaml, import: weather, as: sky}\n")
    capability = compiled(text)
    assert [upstream.namespace for upstream in capability.upstreams] == ["sky"]
    assert called(capability, "forecasts") == ["https://shared.example"]


def test_a_reference_without_a_declaration_is_up_to_the_spec() -> None:
    write("shared.yaml", f"exposes:\n{tools('forecasts', 'weather.get-city')}")
    capability = compiled(spec(IMPORT, api("weather", "own.example")))
    assert called(capability, "forecasts") == ["https://own.example"]
    assert slugs(spec(IMPORT)) == ["unknown-operation"]


def test_a_file_between_gives_a_meaning_first() -> None:
    write("sub/inner.yaml", f"exposes:\n{tools('forecasts', 'weather.get-city')}")
    write(
        "shared.yaml",
        f"consumes:\n{api('weather', 'between.example')}"
        "exposes: [{location: sub/inner.yaml, import: forecasts}]\n",
    )
    capability = compiled(spec(IMPORT, api("weather", "own.example")))
    assert called(capability, "forecasts") == ["https://between.example"]


def test_an_api_of_a_third_file_comes_along() -> None:
    write("sub/apis.yaml", f"consumes:\n{api('sky', 'third.example')}")
    write(
        "shared.yaml",
        "consumes: [{location: sub/apis.yaml, import: sky, as: weather}]\n"
        f"exposes:\n{tools('forecasts', 'weather.get-city')}",
    )
    capability = compiled(spec(IMPORT))
    assert [upstream.namespace for upstream in capability.upstreams] == ["weather"]
    assert called(capability, "forecasts") == ["https://third.example"]


def test_two_files_with_equal_names_stay_apart() -> None:
    write("shared.yaml", SHARED)
    other = SHARED.replace("SHARED_KEY", "OTHER_KEY").replace("shared.ex", "other.ex")
    write("other.yaml", other.replace("9090", "9091"))
    text = spec(f"{IMPORT}- {{location: other.yaml, import: forecasts, as: others}}\n")
    capability = compiled(text)
    assert called(capability, "forecasts") == ["https://shared.example"]
    assert called(capability, "others") == ["https://other.example"]
    names = {variable.name for variable in capability.variables}
    assert names == {"SHARED_KEY", "OTHER_KEY"}


def test_blocks_of_one_namespace_stay_together() -> None:
    second = api("weather", "shared.example").replace("get-city", "list")
    exposes = tools("forecasts", "weather.get-city") + tools(
        "more", "weather.list", 9091
    )
    write(
        "shared.yaml",
        f"consumes:\n{api('weather', 'shared.example')}{second}exposes:\n{exposes}",
    )
    text = spec(
        IMPORT
        + "- {location: shared.yaml, import: more}\n"
        + tools("own", "weather.get-city", 9092),
        api("weather", "own.example"),
    )
    capability = compiled(text)
    assert called(capability, "more") == ["https://shared.example"]
    assert called(capability, "own") == ["https://own.example"]


def test_an_adapter_calls_an_openapi_document_by_its_ids() -> None:
    write(
        "api.json",
        '{"openapi": "3.1.0", "info": {"title": "T", "version": "1"},'
        ' "servers": [{"url": "https://api.example"}],'
        ' "paths": {"/c/{city}": {"get": {"operationId": "getCity", "parameters":'
        ' [{"name": "city", "in": "path", "required": true}]}}}}',
    )
    write(
        "shared.yaml",
        "consumes: [{location: api.json, import: weather}]\n"
        f"exposes:\n{tools('forecasts', 'weather.get-city')}",
    )
    assert called(compiled(spec(IMPORT)), "forecasts") == ["https://api.example"]


# --- sections of the root ----------------------------------------


def test_sections_of_the_root_join_those_of_the_capability() -> None:
    root = f"consumes:\n{api('a', 'a.example')}exposes:\n{tools('one', 'a.get-city')}"
    text = spec(tools("two", "b.get-city", 9091), api("b", "b.example"), root)
    capability = compiled(text)
    assert [adapter.namespace for adapter in capability.mcp] == ["one", "two"]
    assert called(capability, "one") == ["https://a.example"]


def test_the_root_alone_may_expose() -> None:
    write("shared.yaml", SHARED)
    text = f"naftiko: 1.0.0-alpha2\nexposes:\n{IMPORT}capability: {{}}\n"
    assert called(compiled(text), "forecasts") == ["https://shared.example"]


# --- aggregates --------------------------------------------------

AGGREGATES = (
    "aggregates:\n"
    "- namespace: fleet\n"
    "  functions:\n"
    "  - {name: get, description: G., call: weather.get-city}\n"
    "  - name: both\n"
    "    description: B.\n"
    "    steps: [{name: s, type: call, call: weather.get-city}]\n"
)


def test_an_aggregate_brings_its_api() -> None:
    write("shared.yaml", SHARED + AGGREGATES)
    more = "  aggregates: [{location: shared.yaml, import: fleet, as: ships}]\n"
    own = tools("own", "weather.get-city")
    text = spec(own, api("weather", "own.example"), more=more)
    assert values(text, "consumes", "namespace") == ["weather", "weather-2"]
    assert values(text, "aggregates", "namespace") == ["ships"]
    functions = "aggregates", "functions"
    assert values(text, *functions, "call") == ["weather-2.get-city"]
    assert values(text, *functions, "steps", "call") == ["weather-2.get-city"]


def test_an_adapter_brings_its_aggregate() -> None:
    tool = "- {type: mcp, namespace: forecasts, port: 1, tools: [{ref: fleet.get}]}\n"
    shared = f"{SHARED.partition('exposes:')[0]}{AGGREGATES}exposes:\n{tool}"
    write("shared.yaml", shared)
    more = "  aggregates: [{namespace: fleet, functions: []}]\n"
    text = spec(IMPORT, more=more)
    assert values(text, "aggregates", "namespace") == ["fleet", "fleet-2"]
    assert values(text, "exposes", "tools", "ref") == ["fleet-2.get"]
    assert values(text, "consumes", "namespace") == ["weather"]


def test_an_ikanos_file_may_have_a_mapping_of_aggregates() -> None:
    write(
        "shared.yaml",
        "ikanos: 1.0.0-beta5\n"
        "aggregates: {fleet: {flows: {get: {description: G., call: w.get}}}}\n",
    )
    more = "  aggregates: [{from: shared.yaml, import: fleet}]\n"
    text = spec(tools("own", "a.get-city"), api("a", "own.example"), more=more)
    assert values(text, "aggregates", "functions", "name") == ["get"]


FLEET = (
    "aggregates:\n"
    "- namespace: fleet\n"
    "  functions:\n"
    "  - name: both\n"
    "    description: B.\n"
    "    inputParameters: [{name: town, type: string}, {name: id, type: string}]\n"
    "    steps:\n"
    "    - {name: s, type: call, call: weather.get-city, with: {city: fleet.town}}\n"
    "    - {name: t, type: call, call: weather.get-city,\n"
    "       with: {city: '{{ fleet.s.next }}'}}\n"
    "    - {name: u, type: lookup, index: s, match: id, lookupValue: fleet.id,\n"
    "       outputParameters: [name]}\n"
    "    mappings:\n"
    "    - {targetName: next, value: fleet.t.name}\n"
    "    outputParameters:\n"
    "    - {type: object, properties: {next: {type: string}}}\n"
)
FLEET_TOOL = (
    "- {type: mcp, namespace: own, port: 9091,"
    " tools: [{name: show, description: S., ref: NAME}]}\n"
)


def test_an_imported_function_means_the_same_as_its_text() -> None:
    shared = SHARED.partition("exposes:")[0]
    write("shared.yaml", shared + FLEET)
    more = "  aggregates: [{location: shared.yaml, import: fleet}]\n"
    imported = compiled(spec(FLEET_TOOL.replace("NAME", "fleet.both"), more=more))
    head, _, consumes = shared.partition("consumes:\n")
    binds = head.partition("\n")[2]
    written = spec(
        FLEET_TOOL.replace("NAME", "fleet.both"),
        consumes,
        binds,
        more=indented(FLEET),
    )
    assert imported == compiled(written)


def test_a_function_keeps_its_references_under_another_name() -> None:
    write("shared.yaml", SHARED.partition("exposes:")[0] + FLEET)
    text = spec(
        FLEET_TOOL.replace("NAME", "ships.both"),
        more="  aggregates: [{location: shared.yaml, import: fleet, as: ships}]\n",
    )
    plain = spec(
        FLEET_TOOL.replace("NAME", "fleet.both"),
        more="  aggregates: [{location: shared.yaml, import: fleet}]\n",
    )
    assert compiled(text).tools == compiled(plain).tools


def test_a_function_that_comes_along_keeps_its_references() -> None:
    write(
        "shared.yaml",
        SHARED.partition("exposes:")[0]
        + FLEET
        + "exposes:\n"
        + FLEET_TOOL.replace("NAME", "fleet.both"),
    )
    entry = "- {location: shared.yaml, import: own}\n"
    aggregates = "  aggregates: [{namespace: fleet, functions: []}]\n"
    assert compiled(spec(entry, more=aggregates)) == compiled(spec(entry))


def test_a_renamed_adapter_keeps_the_references_of_its_steps() -> None:
    steps = (
        "   steps: [\n"
        "    {name: s, type: call, call: weather.get-city, with: {city: own.town}},\n"
        "    {name: u, type: lookup, index: s, match: id, lookupValue: own.id,\n"
        "     outputParameters: [name]}],\n"
        "   mappings: [{targetName: a, value: own.s.name}],\n"
        "   outputParameters: [{type: object, properties: {a: {type: string}}}]}]}\n"
    )
    write(
        "shared.yaml",
        SHARED.partition("exposes:")[0]
        + "exposes:\n- {type: mcp, namespace: own, port: 9091, tools: [\n"
        + "  {name: show, description: S.,\n"
        + "   inputParameters: [{name: town}, {name: id, type: string}],\n"
        + steps,
    )
    renamed = compiled(spec("- {location: shared.yaml, import: own, as: other}\n"))
    plain = compiled(spec("- {location: shared.yaml, import: own}\n"))
    assert renamed.tools == plain.tools


def test_a_route_forwards_to_the_api_of_its_file() -> None:
    rest = (
        "- {type: rest, namespace: forecasts, port: 1, resources: [\n"
        "   {path: '/{x}', forward: {targetNamespace: weather, trustedHeaders: []}}]}\n"
    )
    write("shared.yaml", f"consumes:\n{api('weather', 'x.example')}exposes:\n{rest}")
    text = spec(IMPORT, api("weather", "own.example"))
    forwards = "exposes", "resources", "forward"
    assert values(text, *forwards, "targetNamespace") == ["weather-2"]


# --- binds -------------------------------------------------------

SECRETS = (
    "naftiko: 1.0.0-alpha2\n"
    "binds:\n"
    "- {namespace: vaulted, location: 'file:./a.yaml', keys: {KEY: a-key}}\n"
    "- {namespace: plain, keys: {KEY: PLAIN_KEY}}\n"
)


def bound(binds: str, key: str, dialect: str = "naftiko: 1.0.0-alpha2") -> ir.Variable:
    """Return the variable of a key in a spec with those binds."""
    own = api(
        "a", "own.example", f"authentication: {{type: bearer, token: '{{{{{key}}}}}'}},"
    )
    text = spec(tools("own", "a.get-city"), own, binds)
    (variable,) = compiled(text.replace("naftiko: 1.0.0-alpha2", dialect)).variables
    return variable


@pytest.mark.parametrize(
    ("entry", "dialect"),
    [
        ("{location: s.yaml, import: vaulted, as: x}", "naftiko: 1.0.0-alpha2"),
        ("{from: s.yaml, import: vaulted, as: x}", "naftiko: 1.0.0-alpha2"),
        ("{from: s.yaml, import: vaulted, as: x}", "ikanos: 1.0.0-beta5"),
    ],
)
@pytest.mark.parametrize("key", ["KEY", "x.KEY"])
def test_an_imported_bind_counts_in_the_spec(
    entry: str, dialect: str, key: str
) -> None:
    write("s.yaml", SECRETS)
    file = ir.BoundFile("X_FILE", "./a.yaml")
    variable = bound(f"binds: [{entry}]\n", key, dialect)
    assert variable == ir.Variable("KEY", True, None, ir.FileKey(file, "a-key"))


def test_an_imported_bind_of_the_environment() -> None:
    write("s.yaml", SECRETS)
    entry = "{location: s.yaml, import: plain}"
    assert bound(f"binds: [{entry}]\n", "KEY").name == "PLAIN_KEY"


def test_binds_of_the_capability_may_be_imports() -> None:
    write("s.yaml", SECRETS)
    more = "  binds: [{location: s.yaml, import: plain}]\n"
    own = api("a", "own.example", "authentication: {type: bearer, token: '{{KEY}}'},")
    (variable,) = compiled(spec(tools("own", "a.get-city"), own, more=more)).variables
    assert variable.name == "PLAIN_KEY"


def test_an_imported_file_may_import_its_binds() -> None:
    write("sub/s.yaml", SECRETS)
    binds = "binds: [{location: sub/s.yaml, import: plain, as: env}]"
    write(
        "shared.yaml",
        SHARED.replace("binds: [{namespace: env, keys: {KEY: SHARED_KEY}}]", binds),
    )
    assert [v.name for v in compiled(spec(IMPORT)).variables] == ["PLAIN_KEY"]


# --- refused imports ---------------------------------------------


@pytest.mark.parametrize(
    ("entry", "code", "message"),
    [
        (
            "{location: shared.yaml, import: x}",
            "unknown-import",
            "declares no adapter 'x'",
        ),
        ("{location: shared.yaml}", "missing-key", "'import' is missing"),
        ("{import: forecasts}", "missing-key", "'location' is missing"),
        ("{location: none.yaml, import: x}", "import-not-found", "doesn't exist"),
        (
            "{location: apis.yaml, import: x}",
            "unknown-import",
            "declares no adapter to import",
        ),
        ("{location: broken.yaml, import: x}", "yaml-syntax", ""),
        ("{location: spec.yaml, import: x}", "import-cycle", "would import itself"),
        ("{location: '.', import: x}", "import-cycle", "directory"),
        ("{location: circle.yaml, import: x}", "import-cycle", "would import itself"),
        ("{location: ../x.yaml, import: x}", "unusable-import", "outside"),
        (
            "{location: control.yaml, import: c, as: d}",
            "unknown-import",
            "control adapter",
        ),
        (
            "{location: shared.yaml, import: forecasts, port: 1}",
            "unknown-key",
            "'port'",
        ),
        (
            "{location: nameless.yaml, import: x}",
            "unknown-import",
            "declares no adapter",
        ),
    ],
)
def test_parts_that_cannot_be_imported(entry: str, code: str, message: str) -> None:
    write("shared.yaml", SHARED)
    write("apis.yaml", f"consumes:\n{api('a', 'a.example')}")
    write("broken.yaml", "exposes: [")
    write("circle.yaml", "exposes: [{location: sub/back.yaml, import: x}]")
    write("sub/back.yaml", "exposes: [{location: ../circle.yaml, import: x}]")
    write("control.yaml", "exposes: [{type: control, namespace: c, port: 1}]")
    write("nameless.yaml", "exposes: [{type: mcp, port: 1, tools: []}]")
    Path("spec.yaml").touch()
    (error,) = errors(spec(f"- {entry}\n"))
    assert error.code.slug == code
    assert message in error.message


@pytest.mark.parametrize(
    ("section", "noun", "file"),
    [("aggregates", "aggregate", SHARED), ("binds", "bind", AGGREGATES)],
)
def test_a_missing_section_is_named(section: str, noun: str, file: str) -> None:
    write("shared.yaml", file)
    more = f"  {section}: [{{location: shared.yaml, import: x}}]\n"
    (error,) = errors(spec(tools("t", "a.get-city"), api("a", "a.example"), more=more))
    assert error.message == f"'shared.yaml' declares no {noun} to import"


@pytest.mark.parametrize(
    ("exposes", "more"),
    [
        (
            tools("x", "a.get-city")
            + "- {location: shared.yaml, import: forecasts, as: x}\n",
            "",
        ),
        (
            "- {location: shared.yaml, import: forecasts}\n"
            "- {location: other.yaml, import: forecasts}\n",
            "",
        ),
        (
            tools("t", "a.get-city"),
            "  aggregates:\n  - {namespace: x, functions: []}\n"
            "  - {location: shared.yaml, import: fleet, as: x}\n",
        ),
        (
            tools("t", "a.get-city"),
            "  binds:\n  - {namespace: x, keys: {A: B}}\n"
            "  - {location: shared.yaml, import: env, as: x}\n",
        ),
    ],
)
def test_a_taken_name_is_an_error_with_both_places(exposes: str, more: str) -> None:
    write("shared.yaml", SHARED + AGGREGATES)
    write("other.yaml", SHARED)
    text = spec(exposes, api("a", "a.example"), more=more)
    (error,) = errors(text)
    assert error.code.slug == "import-collision"
    assert " already, at spec.yaml:" in error.message
    assert error.imported_at == ()


@pytest.mark.parametrize(
    "consumes",
    [
        f"{api('x', 'a.example')}- {{location: shared.yaml, import: weather, as: x}}\n",
        f"- {{location: shared.yaml, import: weather, as: x}}\n{api('x', 'a.example')}",
        "- {location: other.yaml, import: weather}\n"
        "- {location: shared.yaml, import: weather, as: weather}\n",
    ],
)
def test_an_api_gets_no_name_of_another_one(consumes: str) -> None:
    write("shared.yaml", SHARED)
    write("other.yaml", SHARED)
    assert slugs(spec(tools("t", "x.get-city"), consumes)) == ["import-collision"]


# --- hostile files -----------------------------------------------


def test_imports_of_all_sections_count_together() -> None:
    write("shared.yaml", SHARED)
    entries = "".join(
        f"- {{location: shared.yaml, import: forecasts, as: a{n}}}\n" for n in range(65)
    )
    assert "too-many-imports" in slugs(spec(entries))


def test_references_of_dots_alone_take_time_in_proportion() -> None:
    dots = "." * 30_000
    write("shared.yaml", SHARED.replace("call: weather.get-city", f"call: a{dots}"))
    assert slugs(spec(IMPORT)) == ["unknown-operation"]


def test_nothing_of_a_file_of_secrets_is_shown() -> None:
    write("s.yaml", "token: s3cr3t\nbinds: s3cr3t\n")
    text = spec(
        tools("t", "a.get-city"),
        api("a", "a.example"),
        "binds: [{location: s.yaml, import: x}]\n",
    )
    _, reading = resolved(text, Path("spec.yaml"))
    assert "s3cr3t" not in " ".join(d.message for d in reading.diagnostics)
    assert not any(b"s3cr3t" in content for content in reading.sources.values())


# --- published files ---------------------------------------------


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the published files aren't here")
def test_published_files_can_be_imported() -> None:
    for part in CORPUS.glob("*/shared*.yml"):
        write(part.name, part.read_text(encoding="utf-8"))
    text = (
        "ikanos: 1.0.0-beta5\n"
        "binds: [{from: shared.binds.yml, import: weather-secrets, as: w}]\n"
        "capability:\n"
        "  consumes: [{from: shared.consumes.yml, import: weather-api}]\n"
        "  exposes:\n"
        "  - {from: shared-servers.yml, import: weather-rest, as: rest}\n"
        "  - {from: shared-servers.yml, import: weather-mcp}\n"
    )
    capability = compiled(text)
    assert [adapter.namespace for adapter in capability.rest] == ["rest"]
    assert called(capability, "weather-mcp") == ["https://api.weather.example.com"]
