"""Imports of adapters, aggregates and binds, with all that they refer to."""

from pathlib import Path
from textwrap import dedent

import pytest
from documents import resolve

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.report import Diagnostic, Report
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.dialects.rewriting import mappings
from naftiko_gen.imports import complete
from naftiko_gen.syntax.reader import load

pytestmark = pytest.mark.usefixtures("place")


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
    lists = f"  consumes:\n{indent(consumes)}" if consumes else ""
    return (
        f"naftiko: 1.0.0-alpha2\n{before}capability:\n{lists}{more}"
        f"  exposes:\n{indent(exposes)}"
    )


def indent(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def compile_text(text: str) -> ir.Capability:
    capability, reading = resolve(text, Path("spec.yaml"))
    errors = [d.message for d in reading.diagnostics if d.severity is Severity.ERROR]
    assert capability is not None, errors
    return capability


def errors(text: str) -> list[Diagnostic]:
    diagnostics = resolve(text, Path("spec.yaml"))[1].diagnostics
    return [d for d in diagnostics if d.severity is Severity.ERROR]


def slugs(text: str) -> list[str]:
    return [diagnostic.code.slug for diagnostic in errors(text)]


def called_addresses(capability: ir.Capability, adapter: str) -> list[str]:
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
    ("root", "codes"),
    [("naftiko: 1.0.0-alpha2", []), ("ikanos: 1.0.0-beta5", ["missing-key"])],
)
def test_an_import_of_apis_has_a_name_in_ikanos(root: str, codes: list[str]) -> None:
    write("shared.yaml", SHARED)
    exposed = indent(tools("own", "weather.get-city"))
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
    direct_text = spec(exposes, consumes, binds.partition("\n")[2])
    assert compile_text(spec(IMPORT)) == compile_text(direct_text)


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
    capability = compile_text(text)
    assert called_addresses(capability, "forecasts") == ["https://shared.example"]
    assert called_addresses(capability, "own") == ["https://own.example"]
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


def test_a_file_between_gives_a_meaning_first() -> None:
    write("sub/inner.yaml", f"exposes:\n{tools('forecasts', 'weather.get-city')}")
    write(
        "shared.yaml",
        f"consumes:\n{api('weather', 'between.example')}"
        "exposes: [{location: sub/inner.yaml, import: forecasts}]\n",
    )
    capability = compile_text(spec(IMPORT, api("weather", "own.example")))
    assert called_addresses(capability, "forecasts") == ["https://between.example"]


def test_two_files_with_equal_names_stay_apart() -> None:
    write("shared.yaml", SHARED)
    other = SHARED.replace("SHARED_KEY", "OTHER_KEY").replace("shared.ex", "other.ex")
    write("other.yaml", other.replace("9090", "9091"))
    text = spec(f"{IMPORT}- {{location: other.yaml, import: forecasts, as: others}}\n")
    capability = compile_text(text)
    assert called_addresses(capability, "forecasts") == ["https://shared.example"]
    assert called_addresses(capability, "others") == ["https://other.example"]
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
    capability = compile_text(text)
    assert called_addresses(capability, "more") == ["https://shared.example"]
    assert called_addresses(capability, "own") == ["https://own.example"]


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


def test_an_adapter_brings_its_aggregate() -> None:
    tool = "- {type: mcp, namespace: forecasts, port: 1, tools: [{ref: fleet.get}]}\n"
    shared_spec = f"{SHARED.partition('exposes:')[0]}{AGGREGATES}exposes:\n{tool}"
    write("shared.yaml", shared_spec)
    more = "  aggregates: [{namespace: fleet, functions: []}]\n"
    text = spec(IMPORT, more=more)
    assert values(text, "aggregates", "namespace") == ["fleet", "fleet-2"]
    assert values(text, "exposes", "tools", "ref") == ["fleet-2.get"]
    assert values(text, "consumes", "namespace") == ["weather"]


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
    shared_file = SHARED.partition("exposes:")[0]
    write("shared.yaml", shared_file + FLEET)
    more = "  aggregates: [{location: shared.yaml, import: fleet}]\n"
    imported_meaning = compile_text(
        spec(FLEET_TOOL.replace("NAME", "fleet.both"), more=more)
    )
    head, _, consumes = shared_file.partition("consumes:\n")
    binds = head.partition("\n")[2]
    direct_text = spec(
        FLEET_TOOL.replace("NAME", "fleet.both"), consumes, binds, more=indent(FLEET)
    )
    assert imported_meaning == compile_text(direct_text)


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
    result = compile_text(spec("- {location: shared.yaml, import: own, as: other}\n"))
    plain = compile_text(spec("- {location: shared.yaml, import: own}\n"))
    assert result.tools == plain.tools


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


def variable_of(
    binds: str, key: str, dialect: str = "naftiko: 1.0.0-alpha2"
) -> ir.Variable:
    """Return the variable of a key in a spec with those binds."""
    own = api(
        "a", "own.example", f"authentication: {{type: bearer, token: '{{{{{key}}}}}'}},"
    )
    text = spec(tools("own", "a.get-city"), own, binds)
    (variable,) = compile_text(text.replace("naftiko: 1.0.0-alpha2", dialect)).variables
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
    variable = variable_of(f"binds: [{entry}]\n", key, dialect)
    assert variable == ir.Variable("KEY", True, None, ir.FileKey(file, "a-key"))


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


# --- hostile files -----------------------------------------------


def test_imports_of_all_sections_count_together() -> None:
    write("shared.yaml", SHARED)
    entries = "".join(
        f"- {{location: shared.yaml, import: forecasts, as: a{n}}}\n" for n in range(65)
    )
    assert "too-many-imports" in slugs(spec(entries))


def test_references_of_only_dots_take_time_in_proportion() -> None:
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
    _, reading = resolve(text, Path("spec.yaml"))
    assert "s3cr3t" not in " ".join(d.message for d in reading.diagnostics)
    assert not any(b"s3cr3t" in content for content in reading.sources.values())
