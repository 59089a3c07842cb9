"""The benchmark's pieces run; nothing here asserts a time."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import foreign_apis
import pytest
import run as script
from benchmark import (
    against,
    compiling,
    corpus,
    guards,
    layers,
    peers,
    report,
    rest,
    scale,
    targets,
    tools,
    variants,
)
from benchmark.compiling import Taken
from benchmark.contest import OURS, Contest, Footprint, Run, Speed
from benchmark.contestants import Field
from benchmark.documents import DOCUMENTS, Document
from benchmark.instructions import Count
from benchmark.load import Load, WrongAnswerError, read
from benchmark.overload import Overload
from benchmark.profiling import Profile
from benchmark.results import Results, by_cpu, by_rate
from benchmark.scale import Scale
from benchmark.starts import Start, Starts

from naftiko_gen.cli.main import main


def speed(server: str, *rates: float, cpu: float = 1.0) -> Speed:
    """Return a server's speed; `cpu` is how much of a core it took to reach it."""
    runs = tuple(run(rate, cpu=cpu) for rate in rates)
    return Speed(rest.NAME, "GET 1 KB", server, runs)


def run(rate: float, cpu: float = 1.0, p99: float = 2.0) -> Run:
    """Return a round with a median latency of 1 ms."""
    load = Load(answers=1000, rate=rate, p50=1.0, p99=p99)
    return Run(load, cpu_microseconds=cpu * 1e6 / rate, page_faults=2.5)


def judged(results: Results) -> dict[str, bool]:
    """Return the judged figure, and whether it is enough."""
    return {verdict.subject: verdict.reached for verdict in targets.verdicts(results)}


def summary(**changes: int) -> str:
    counts = {"requests": 100, "bytes": 120_000, "microseconds": 2_000_000}
    counts |= {"lost": 0, "failed": 0, "p50": 1500, "p99": 2500}
    return json.dumps(counts | changes)


def test_the_compiler_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--only", "compiler", "--rounds", "1", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["run.py", *options])
    monkeypatch.setattr(compiling, "WARM_UPS", 0)

    script.main()

    measured = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    commands = [cost["command"] for cost in measured["costs"]]
    assert compiling.COLD in commands
    assert compiling.CHECK in commands
    assert all(len(cost["taken"]) == 1 for cost in measured["costs"])
    tables = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert all(command in tables for command in commands)


def test_every_stage_is_measured(tmp_path: Path) -> None:
    head, _, first, second = corpus.table(tmp_path, (1, 3)).splitlines()
    names = ["load", "normalise", "validate", "resolve", "format", "emit", "publish"]
    assert [cell.strip() for cell in head.split("|")][3:-1] == names
    assert (first[:4], second[:4]) == ("| 1 ", "| 3 ")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benchmark's capability, compiled."""
    return peers.generated(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of the benchmark's results."""
    return tmp_path_factory.mktemp("measured")


@pytest.fixture(scope="module")
def field(project: Path) -> Field:
    return Field(Path(sys.executable), project, upstream_port=9)


@pytest.fixture(scope="module")
def guarded(field: Field, measured: Path) -> tuple[Contest, ...]:
    """The contests of guarded servers, whose capability is compiled for them."""
    return tuple(guards.contests(field, measured))


def test_the_capability_compiles_to_both_adapters(project: Path) -> None:
    package = project / project.name
    assert (package / "rest.py").is_file()
    assert f'    "{tools.TOOL}",' in (package / "mcp_server.py").read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.label)
def test_a_document_is_json_of_its_size(document: Document) -> None:
    content = document.content()
    assert len(content) == document.size
    assert json.loads(content)["records"]


def test_a_load_is_read_from_its_summary() -> None:
    assert read(summary(), least=1024) == Load(answers=100, rate=50.0, p50=1.5, p99=2.5)


@pytest.mark.parametrize(
    "changes",
    [{"lost": 1}, {"failed": 1}, {"requests": 0}, {"bytes": 1000}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_load_with_a_wrong_answer_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(WrongAnswerError):
        read(summary(**changes), least=1024)


def test_refusals_dont_count_where_they_are_permitted() -> None:
    load = read(summary(failed=60), least=1024, refusals=True)
    assert (load.answers, load.rate) == (40, 20.0)
    with pytest.raises(WrongAnswerError):
        read(summary(lost=1, failed=60), least=1024, refusals=True)


def test_overload_shows_the_share_that_is_kept() -> None:
    usual, exceeded = speed(OURS, 100, 100, 100), speed(OURS, 70, 80, 90, cpu=0.5)
    text = report.markdown(Results({}, overloads=[Overload(32, usual, exceeded)]))
    cells = [line.replace(" ", "") for line in text.splitlines()]
    assert "|REST|32|100|80|0.80|1.60|" in cells


def test_instructions_are_compared_with_those_of_the_first_server() -> None:
    counts = [Count(rest.NAME, "GET", "a", 1_900), Count(rest.NAME, "GET", "b", 2_000)]
    text = report.markdown(Results({}, counts=counts))
    cells = [line.replace(" ", "") for line in text.splitlines()]
    assert "|REST|GET|a|1,900|1.000|" in cells
    assert "|REST|GET|b|2,000|0.950|" in cells


@pytest.mark.parametrize(
    ("now", "no_slower"),
    [((1.0, 1.0, 1.0), "yes"), ((1.04, 1.04, 1.04), "yes"), ((1.06, 1.1, 1.2), "no")],
)
def test_a_commit_is_no_slower_within_the_spread_of_the_other(
    now: tuple[float, ...], no_slower: str
) -> None:
    """The spread is 5% to either side, whichever of the two was faster."""
    speeds = [
        cost(against.BEFORE, 1.0, 1.0, 1.0),
        cost(against.NOW, *now),
        cost(against.AGAIN, 1 / 1.05, 1.01, 1.0),
    ]
    text = report.markdown(Results({}, speeds))
    [row] = [line for line in text.splitlines() if "÷" not in line and " to " in line]
    assert row.rpartition("|")[0].rpartition("|")[2].strip() == no_slower


def test_a_start_and_the_memory_are_compared_for_each_delivery() -> None:
    names = (against.BEFORE, against.NOW, against.LIBRARY, against.AGAIN)
    results = Results(
        {},
        footprints=[Footprint(tools.NAME, name, 1.0, 90.0) for name in names],
        starts=[
            Starts(tools.NAME, name, (Start(0.5, cpu, 80.0), Start(0.6, cpu, 80.0)))
            for name, cpu in zip(names, (0.4, 0.3, 0.5, 0.4), strict=True)
        ],
    )

    comparisons = {
        (comparison.figure, comparison.package): (
            round(comparison.ratio, 2),
            comparison.is_no_more,
        )
        for comparison in against.comparisons(results)
    }
    assert comparisons["start, CPU ms", against.NOW] == (0.75, True)
    assert comparisons["start, CPU ms", against.LIBRARY] == (1.25, False)
    assert comparisons["peak memory, MiB", against.NOW] == (1.0, True)
    assert len(comparisons) == 8


def cost(server: str, *seconds: float) -> Speed:
    """Return a server whose answers take so much processor time."""
    runs = tuple(run(1.0, cpu=cpu) for cpu in seconds)
    return Speed(rest.NAME, "GET 1 KB", server, runs)


def test_another_commit_generates_a_package_of_its_own(tmp_path: Path) -> None:
    if not (peers.ROOT / ".git").exists():
        pytest.skip("this is no clone")
    project = against.generated("HEAD", tmp_path)
    assert (project / project.name / "rest.py").is_file()


def test_rows_of_published_apis_are_written_one_by_one() -> None:
    page = f"Text.\n\n{foreign_apis.BEGIN}{foreign_apis.END}More.\n"
    for name, cell in (("wes", "1"), ("asana", "2"), ("wes", "3")):
        page = foreign_apis.with_row(page, name, f"| {name} | {cell} |\n")

    rows = "| asana | 2 |\n| wes | 3 |\n"
    assert page == (
        f"Text.\n\n{foreign_apis.BEGIN}\n{foreign_apis.HEADER}{rows}\n"
        f"{foreign_apis.END}More.\n"
    )


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    ours, theirs = speed(OURS, 100, 50, 300), speed(rest.BY_HAND, 100, 100, 100)
    assert by_rate(ours, theirs) == 1.0
    assert by_cpu(ours, theirs) == 1.0


@pytest.mark.parametrize(
    ("ours", "reached"),
    [
        (speed(OURS, 100.0), True),
        (speed(OURS, 99.0), False),
        (speed(OURS, 99.0, cpu=0.5), False),
        (speed(OURS, 105.0, cpu=1.1), False),
    ],
    ids=["both", "neither", "not by rate", "not by CPU"],
)
def test_a_target_is_reached_by_rate_and_by_cpu(ours: Speed, reached: bool) -> None:
    results = Results({}, [speed(rest.BY_HAND, 100), ours])
    assert judged(results)["REST GET 1 KB, of Starlette + aiohttp"] is reached


def test_every_ratio_wanted_is_of_servers_and_scenarios_that_are_measured(
    field: Field, guarded: tuple[Contest, ...], tmp_path: Path
) -> None:
    contests = (
        rest.contest(field, tmp_path),
        tools.contest(field, tmp_path),
        *guarded,
    )
    servers = {
        (contest.name, server.name, scenario.name)
        for contest in contests
        for server in contest.contestants
        for scenario in contest.scenarios
    }
    wanted = {
        (ratio.contest, ratio.reference, ratio.scenario) for ratio in targets.RATIOS
    }
    assert wanted <= servers


@pytest.mark.parametrize(
    ("p99", "reached"), [((2.0, 3.0, 9.0), True), ((2.0, 3.1, 9.0), False)]
)
def test_latency_is_judged_by_the_median_of_the_rounds(
    p99: tuple[float, ...], reached: bool
) -> None:
    runs = tuple(run(100, p99=latency) for latency in p99)
    results = Results({}, [Speed(tools.NAME, "2025-11-25 1 KB", OURS, runs)])
    assert judged(results) == {"MCP 2025-11-25 1 KB, p99": reached}


@pytest.mark.parametrize(
    ("contest", "seconds", "mebibytes", "reached"),
    [
        (rest.NAME, 0.4, 60, [True, True]),
        (rest.NAME, 0.41, 61, [False, False]),
        (tools.NAME, 1.2, 100, [True, True]),
        (tools.NAME, 1.21, 101, [False, False]),
    ],
)
def test_start_and_memory_are_judged(
    contest: str, seconds: float, mebibytes: float, reached: list[bool]
) -> None:
    ours = [Footprint(contest, OURS, seconds, mebibytes)]
    others = [Footprint(contest, rest.BY_HAND, 9.0, 999)]
    results = Results({}, footprints=ours + others)
    assert list(judged(results).values()) == reached


def test_the_report_shows_measurements_and_nothing_else() -> None:
    results = Results({}, [speed(rest.BY_HAND, 100), speed(OURS, 95)])
    text = report.markdown(results)
    assert "## REST" in text
    assert "0.95 × (0.95 × by CPU)" in text
    assert text.count("| 2.5    |") == 2  # page faults
    assert "## Compiler" not in text


@pytest.mark.parametrize(
    ("stack", "layer"),
    [
        (
            "run (loop.c:20313);send (documents/_runtime/rest/app.py:2)",
            layers.ADAPTER,
        ),
        (
            "call (documents/_runtime/upstream/client.py:148);timeout (asyncio/t.py:1)",
            layers.SEAM,
        ),
        ("feed (uvicorn/h.py:174);feed_data (parser.c:6373)", layers.HTTP),
        ("run (loop.c:20313);write (libc.so.6)", layers.KERNEL),
        ("run (loop.c:20313);malloc (libc.so.6)", layers.LOOP),
        ("<module> (documents/__main__.py:66)", layers.OTHER),
    ],
)
def test_a_sample_belongs_to_the_innermost_layer(stack: str, layer: str) -> None:
    assert layers.fold([f"{stack} 3"]) == {layer: 1.0}


def test_a_profile_shows_the_cost_of_each_layer() -> None:
    shares = layers.fold(["read (libc.so.6) 1\n", "run (loop.c:20313) 3\n"])
    profile = Profile(rest.NAME, "GET 1 KB", 200.0, shares)
    text = report.markdown(Results({}, profiles=[profile]))
    cells = [line.replace(" ", "") for line in text.splitlines()]
    assert "|kernel:read,write,wait|50.0|" in cells
    assert "|eventloop:uvloop|150.0|" in cells
    assert "|all|200|" in cells
    assert layers.SDK not in text


def test_variants_are_the_same_every_time_and_unlike_each_other(tmp_path: Path) -> None:
    for name in ("one", "other"):
        variants.write(tmp_path / name, 9, operations=3)
    written = [path.read_text("utf-8") for path in (tmp_path / "one").iterdir()]
    again = [path.read_text("utf-8") for path in (tmp_path / "other").iterdir()]
    assert sorted(written) == sorted(again)
    assert len(set(written)) == 9


@pytest.mark.parametrize("operations", [1, 3])
def test_a_variant_compiles_to_as_many_routes_and_tools(
    tmp_path: Path, operations: int
) -> None:
    variants.write(tmp_path / "specs", 1, operations)
    specs, output = tmp_path / "specs" / "*.yaml", tmp_path / "out"
    assert main([str(specs), "-q", "-o", str(output)]) == 0
    (package,) = output.glob("*/training_*")
    for module, row in (("rest.py", "    Route("), ("mcp_server.py", "    Tool(")):
        assert (package / module).read_text("utf-8").count(row) == operations


def scaled(documents: int, operations: int, wall: float, cpu: float) -> Scale:
    return Scale(documents, operations, Taken(wall, cpu, None))


@pytest.mark.parametrize(("seconds", "reached"), [(60.0, True), (60.1, False)])
def test_many_documents_are_to_take_a_minute(seconds: float, reached: bool) -> None:
    many = scaled(scale.MANY, 16, seconds, 90.0)
    fewer = scaled(scale.FEWER, 16, seconds, 90.0)
    verdict = {"2,000 documents of 16 operations": reached}
    assert judged(Results({}, scales=[many, fewer])) == verdict


def test_the_curve_shows_the_cost_of_each_further_operation() -> None:
    scales = [scaled(10, 16, 2.0, 2.4), scaled(1, 1, 0.4, 0.5), scaled(1, 101, 1, 1.0)]
    text = report.markdown(Results({}, scales=scales))
    cells = [line.replace(" ", "") for line in text.splitlines()]
    assert "|10|16|2.00s|2.40s|15.00s|11.95s|" in cells
    assert "|1|1|0.40s|0.50s|500.00s|–|" in cells
    assert "|1|101|1.00s|1.00s|9.90s|5.00s|" in cells


def test_guarded_servers_are_asked_with_one_token(
    guarded: tuple[Contest, ...], measured: Path
) -> None:
    assert [contest.name for contest in guarded] == guards.names()
    headers = {
        scenario.request.headers["Authorization"] for scenario in guarded[0].scenarios
    }
    assert headers == {
        scenario.request.headers["Authorization"] for scenario in guarded[1].scenarios
    }
    [token] = headers
    names = [guards.OPEN, guards.BEARER, guards.ACCESS_TOKEN, guards.AGAIN]
    for contest in guarded:
        assert [contestant.name for contestant in contest.contestants] == names
        _, bearer, access, _ = (
            contestant.command(measured, 1) for contestant in contest.contestants
        )
        assert token.removeprefix("Bearer ") in bearer.environment.values()
        assert access.environment["ISSUER"] == "http://127.0.0.1:9"
    authentication = (
        measured / "guarded/generated/documents/documents/authentication.py"
    )
    assert guards.AUDIENCE in authentication.read_text("utf-8")


def test_guards_are_judged_beside_a_server_without_one() -> None:
    [name, _] = guards.names()
    measured = [
        replace(speed(server, rate), contest=name)
        for server, rate in (
            (guards.OPEN, 100),
            (guards.BEARER, 96),
            (guards.ACCESS_TOKEN, 90),
        )
    ]
    subject = f"{name} GET 1 KB %s, of {guards.OPEN}"
    verdicts = judged(Results({}, measured))
    assert verdicts == {
        subject % guards.BEARER: True,
        subject % guards.ACCESS_TOKEN: False,
    }
