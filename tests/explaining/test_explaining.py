"""The output of `naftiko-gen explain`, for people and for programs."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from golden_files import Golden
from naftiko_gen import frontend
from naftiko_gen.cli import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.tools.explain import explain
from naftiko_gen.tools.explain.explanation import Absent, Explanation, json_text
from naftiko_gen.tools.explain.text import WIDTH, text_of, width, wrap_lines
from steps import IN_PROPORTION, growth

pytestmark = pytest.mark.usefixtures("place")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIBRARY = HERE / "library.yaml"
GOLDEN = {
    "library": LIBRARY,
    "training-runs": ROOT / "specs" / "training-runs.yaml",
    "api-keys": ROOT / "tests" / "golden" / "api-keys" / "spec.yaml",
    "bearer-guard": ROOT / "tests" / "golden" / "bearer-guard" / "spec.yaml",
    "forward": ROOT / "tests" / "golden" / "forward" / "spec.yaml",
}
CORPUS = ROOT.parent / "shared" / "corpus"
DOCUMENTS = sorted(CORPUS.rglob("*.y*ml"))


def explain_spec(spec: Path, *, skips: bool = False) -> Explanation:
    reading = frontend.read(spec, Options(output=Path(), skip_unresolved=skips))
    assert reading.meaning is not None
    return explain(spec.name, reading.meaning, reading.diagnostics)


def as_json(*arguments: str, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    assert main.main(["explain", "--json", *arguments]) == Exit.DONE
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    specs: list[Any] = document["specs"]
    return specs


# --- the page --------------------------------------------------------------------


@pytest.mark.parametrize("name", GOLDEN)
def test_a_document_is_explained_as_expected(
    name: str, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(GOLDEN[name].parent)
    explanation = explain_spec(Path(GOLDEN[name].name))

    text = text_of(explanation, color=False)

    golden.check(HERE / "expected" / f"{name}.txt", text.encode())
    golden.check(HERE / "expected" / f"{name}.json", json_text([explanation]).encode())


def test_members_of_a_list_that_steps_compose_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = ROOT / "tests" / "golden" / "mock" / "spec.yaml"

    assert main.main(["explain", str(spec)]) == Exit.DONE

    assert '/tags/0 <- always "new"' in capsys.readouterr().out


def test_color_changes_nothing_but_color() -> None:
    explanation = explain_spec(LIBRARY)

    color_text = text_of(explanation, color=True)

    assert "\x1b[1m" in color_text
    plain = color_text
    for paint in ("\x1b[0m", "\x1b[1m", "\x1b[36m", "\x1b[33m"):
        plain = plain.replace(paint, "")
    assert plain == text_of(explanation, color=False)


@pytest.mark.skipif(not DOCUMENTS, reason="the corpus isn't beside the checkout")
@pytest.mark.slow
def test_no_line_of_a_real_document_is_too_wide_and_no_finding_is_lost() -> None:
    count = 0
    for path in DOCUMENTS:
        reading = frontend.read(path, Options(output=Path()))
        if reading.meaning is None:
            continue
        count += 1
        explanation = explain(str(path), reading.meaning, reading.diagnostics)
        lines = text_of(explanation, color=False).splitlines()
        assert max(map(width, lines)) <= WIDTH, path
        assumptions = {
            *explanation.assumptions,
            *(a for upstream in explanation.upstreams for a in upstream.assumptions),
            *(a for unit in explanation.units for a in unit.assumptions),
        }
        assert assumptions == set(reading.diagnostics), path
    assert count > 20


@pytest.mark.parametrize("text", ["x" * 300, "/ab" * 100, "語" * 90, "a b " * 80])
def test_text_is_broken_and_complete(text: str) -> None:
    lines = wrap_lines(text, 14, 18)

    assert width(lines[0]) <= WIDTH - 14
    assert all(width(line) <= WIDTH - 18 for line in lines[1:])
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_an_address_is_broken_at_slashes() -> None:
    lines = wrap_lines(f"GET https://example.com{'/segment' * 12}", 14, 18)

    assert lines == [
        f"GET https://example.com{'/segment' * 5}/",
        f"{'segment/' * 6}segment",
    ]


@pytest.mark.slow
def test_characters_that_a_terminal_would_obey_are_escaped(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = LIBRARY.read_text("utf-8").replace(
        "Remind a reader of a book.", '"\\e[2Jgone\\u202e"'
    )
    Path("hostile.yaml").write_text(spec, "utf-8")

    main.main(["explain", "hostile.yaml"])

    out = capsys.readouterr().out
    assert "\\x1b[2Jgone\\u202e" in out
    assert "\x1b" not in out


# --- where assumptions stand -----------------------------------------------------

TWINS = HERE / "twins.yaml"


def lines(of: Iterable[Diagnostic]) -> set[int]:
    return {diagnostic.span.line for diagnostic in of if diagnostic.span}


def test_an_assumption_stands_under_the_unit_that_it_is_about() -> None:
    explanation = explain_spec(TWINS)

    by_title = {unit.title: lines(unit.assumptions) for unit in explanation.units}

    assert by_title == {
        "GET /items": {34},
        "GET /items/list-items": {35, 37},
        "GET /items/list-old": {40, 42},
        "items": {13, 14},
        "items-2": {50, 53},
        "old_items": {54, 56},
    }
    assert [lines(u.assumptions) for u in explanation.upstreams] == [set(), {17}]
    assert explanation.assumptions == ()


def thousands(units: int) -> str:
    """Return a spec whose routes and tools rest on many assumptions."""
    consumed = "".join(
        f"      {{name: r{i}, path: '/r{i}/{{id}}', operations: [{{name: o{i}}}]}},\n"
        for i in range(units)
    )
    routes = "".join(
        f"      {{path: '/r{i % 9}', operations: [{{method: GET, call: n.o{i}}}]}},\n"
        for i in range(units)
    )
    tools = "".join(
        f"      {{name: t {i % 9}, description: D., call: n.o{i},"
        " with: {x: tools.x}},\n"
        for i in range(units)
    )
    return f"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - {{type: http, namespace: n, baseUri: 'https://x.example.com', resources: [
{consumed}  ]}}
  exposes:
  - {{type: rest, namespace: rest, port: 8080, resources: [
{routes}  ]}}
  - {{type: mcp, namespace: mcp, port: 9090, tools: [
{tools}  ]}}
"""


@pytest.mark.slow
def test_the_cost_is_in_proportion_to_the_units(place: Path) -> None:
    def explain_many(units: int) -> None:
        spec = place / f"{units}.yaml"
        spec.write_text(thousands(units), "utf-8")
        text_of(explain_spec(spec), color=False)

    assert growth(explain_many, 16) < IN_PROPORTION


# --- JSON ------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOLDEN)
def test_json_agrees_with_the_package(
    name: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = GOLDEN[name]
    result = compile_spec(spec, Options(output=place))
    assert result.changes
    manifest = json.loads(
        (result.changes.root / ".naftiko-gen.json").read_text("utf-8")
    )

    [report] = as_json(str(spec), capsys=capsys)

    units = report["units"]
    routes = [f"{u['method']} {u['path']}" for u in units if u["kind"] == "route"]
    assert routes == manifest["routes"]
    assert [u["name"] for u in units if u["kind"] == "tool"] == [*manifest["tools"]]
    hosts = [u["baseUri"].replace("{$", "{") for u in report["upstreams"]]
    assert hosts == manifest["hosts"]
    assert _variables(report) <= set(manifest["variables"])
    assert {u["baseUriVariable"] for u in report["upstreams"]} <= _variables(report)


def _variables(report: dict[str, Any]) -> set[str]:
    """Return the environment variables that an explanation names."""
    credentials = [u["credential"] for u in report["upstreams"] if u["credential"]]
    sources = [s["source"] for u in report["units"] for s in u["request"]["sent"]]
    return {
        *(u["baseUriVariable"] for u in report["upstreams"]),
        *(name for credential in credentials for name in credential["variables"]),
        *(source["name"] for source in sources if source["kind"] == "variable"),
    }


# --- the command -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["remind", "GET /shelves/{id}/books"])
def test_one_unit_can_be_asked_for(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    [report] = as_json(str(LIBRARY), "--only", name, capsys=capsys)

    [unit] = report["units"]
    title = f"{unit.get('method')} {unit.get('path')}"
    assert name in (unit["name"], title)
    upstream_name = unit["request"]["upstream"]
    assert [u["namespace"] for u in report["upstreams"]] == [upstream_name]
    assert not report["assumptions"]


@pytest.mark.parametrize(
    ("units", "count", "more"), [(3, 6, []), (99, 20, ["  and 178 more"])]
)
def test_a_unit_that_is_none_is_told_which_there_are(
    units: int, count: int, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = f'"\\e[2J{"x" * 300}"'
    Path("many.yaml").write_text(thousands(units).replace("t 1", hostile), "utf-8")

    with pytest.raises(SystemExit):
        main.main(["explain", "many.yaml", "--only", "nothing like it"])

    err = capsys.readouterr().err
    there_are = err.partition("there are:\n")[2].splitlines()
    assert there_are[0] == "  GET /r0"
    assert there_are[count:] == more
    # They obey no terminal, and are cut.
    assert "\x1b" not in err
    assert max(map(len, there_are)) <= WIDTH


def test_parts_left_out_change_nothing_about_the_rest() -> None:
    unresolved_tool = (
        "  - {type: mcp, namespace: lost, port: 9091,"
        " tools: [{name: lost, call: mail.nothing-of-the-kind}]}\n"
    )
    text = LIBRARY.read_text("utf-8")
    spec = text.replace("  - type: mcp\n", f"{unresolved_tool}  - type: mcp\n")
    Path("library.yaml").write_text(spec, "utf-8")

    partial = explain_spec(Path("library.yaml"), skips=True)

    complete = explain_spec(LIBRARY)
    counts, complete_counts = (
        [len(unit.assumptions) for unit in explanation.units]
        for explanation in (partial, complete)
    )
    assert counts == complete_counts
    assert "skipped-unit" in [a.code.slug for a in partial.assumptions]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("{type: json, data: {a: 'x {{a}}', b: '{{b}}'}}", ["/a"]),
        ("""{type: json, data: '{"a": "{{a}}", "b": {{b}}}'}""", ["/a"]),
        ("{type: form, data: {a: 'x {{a}}', b: '{{b}}'}}", [""]),
        ("{type: text, data: 'x {{a}} {{b}}'}", []),
        ("{type: json, data: {query: '{ a(b: {{a}}) {{b}} }'}}", []),
    ],
)
def test_text_is_absent_if_a_value_in_it_is(
    tmp_path: Path, body: str, texts: list[str]
) -> None:
    spec = tmp_path / "absent.yaml"
    spec.write_text(f"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.example.com
    resources:
    - {{path: /, operations: [{{name: act, method: POST, body: {body}}}]}}
  exposes:
  - type: mcp
    namespace: tools
    tools: [{{name: act, call: api.act, inputParameters: [], with: {{b: 1}}}}]
""")
    explanation = explain_spec(spec)
    [unit] = explanation.units
    absent = [part.pointer for part in unit.requests[0].sent if part.source == Absent()]
    assert absent == texts


DECLARED = Path(__file__).with_name("explaining_declared.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("example", "line", "status", "media_type", "text"),
    [
        ("{status: 204, text: ''}", "204, without a body", 204, None, ""),
        ("{text: '[1]'}", "200, application/json: [1]", 200, None, "[1]"),
        ("{mediaType: image/png}", "200, image/png", 200, "image/png", None),
    ],
)
def test_the_response_its_example_and_styles_are_shown(
    example: str,
    line: str,
    status: int,
    media_type: str | None,
    text: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = Path("declared.yaml")
    spec.write_text(DECLARED.replace("{text: EXAMPLE}", example), "utf-8")

    page = text_of(explain_spec(spec), color=False)

    assert "  responds    {id?: integer}\n" in page
    assert f"  mocked as   {line}\n" in page
    assert "query filter (deep) <- input filter" in page
    assert "form ids (commas) <- input ids" in page
    [explanation] = as_json(str(spec), capsys=capsys)
    request = explanation["units"][0]["request"]
    assert request["response"] == "{id?: integer}"
    expected = {"status": status, "mediaType": media_type, "text": text}
    assert request["example"] == expected
    assert [part.get("style") for part in request["sent"]] == ["deep", "commas"]


CHOICE = Path(__file__).with_name("explaining_choice.yaml").read_text("utf-8")


def test_all_bodies_that_a_client_can_choose_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "choice.yaml"
    spec.write_text(CHOICE, "utf-8")

    explanation = explain_spec(spec)

    text = text_of(explanation, color=False)
    assert "body (application/json) <- input x, if given\n" in text
    assert "or the body as application/x-www-form-urlencoded, text/csv\n" in text
    [unit] = as_json(str(spec), capsys=capsys)[0]["units"]
    body = unit["request"]["body"]
    assert [(b["kind"], b["mediaType"]) for b in (body, *body["alternatives"])] == [
        ("json", "application/json"),
        ("form", "application/x-www-form-urlencoded"),
        ("text", "text/csv"),
    ]
