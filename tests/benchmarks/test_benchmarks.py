"""The benchmark's pieces run; nothing here asserts a time."""

import json
import sys
from pathlib import Path

import foreign_apis
import pytest
import run as script
from benchmark import (
    against,
    compiling,
    guards,
    peers,
    report,
    rest,
    targets,
    tools,
    tracing,
)
from benchmark.contest import OURS, Contest, Run, Speed
from benchmark.contestants import Field
from benchmark.load import Load, WrongAnswerError, read
from benchmark.results import Results


def speed(server: str, *rates: float, cpu: float = 1.0) -> Speed:
    """Return a server's speed; `cpu` is how much of a core it took to reach it."""
    runs = tuple(run(rate, cpu=cpu) for rate in rates)
    return Speed(rest.NAME, "GET 1 KB", server, runs)


def run(rate: float, cpu: float = 1.0, p99: float = 2.0) -> Run:
    """Return a round with a median latency of 1 ms."""
    load = Load(answers=1000, rate=rate, p50=1.0, p99=p99)
    return Run(load, cpu_microseconds=cpu * 1e6 / rate, page_faults=2.5)


def judge(results: Results) -> dict[str, bool]:
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

    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    commands = [cost["command"] for cost in results["costs"]]
    assert compiling.COLD in commands
    assert compiling.CHECK in commands
    assert all(len(cost["taken"]) == 1 for cost in results["costs"])
    tables = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert all(command in tables for command in commands)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benchmark's capability, compiled."""
    return peers.generate(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def results_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of the benchmark's results."""
    return tmp_path_factory.mktemp("measured")


@pytest.fixture(scope="module")
def field(project: Path) -> Field:
    urls = ("http://127.0.0.1:9", "https://127.0.0.1:10")
    return Field(Path(sys.executable), project, *urls, Path("certificate.pem"))


@pytest.fixture(scope="module")
def guarded_contests(field: Field, results_directory: Path) -> tuple[Contest, ...]:
    """The contests of guarded servers, whose capability is compiled for them."""
    return tuple(guards.contests(field, results_directory))


def test_the_capability_compiles_to_both_adapters(project: Path) -> None:
    package = project / project.name
    assert (package / "rest.py").is_file()
    assert f'    "{tools.TOOL}",' in (package / "mcp_server.py").read_text("utf-8")


@pytest.mark.parametrize(
    "changes",
    [{"lost": 1}, {"failed": 1}, {"requests": 0}, {"bytes": 1000}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_load_with_a_wrong_answer_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(WrongAnswerError):
        read(summary(**changes), least=1024)


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


def cost(server: str, *seconds: float) -> Speed:
    """Return a server whose answers take so much processor time."""
    runs = tuple(run(1.0, cpu=cpu) for cpu in seconds)
    return Speed(rest.NAME, "GET 1 KB", server, runs)


def test_rows_of_published_apis_are_written_one_by_one() -> None:
    page = f"Text.\n\n{foreign_apis.BEGIN}{foreign_apis.END}More.\n"
    for name, cell in (("wes", "1"), ("asana", "2"), ("wes", "3")):
        page = foreign_apis.with_row(page, name, f"| {name} | {cell} |\n")

    rows = "| asana | 2 |\n| wes | 3 |\n"
    assert page == (
        f"Text.\n\n{foreign_apis.BEGIN}\n{foreign_apis.HEADER}{rows}\n"
        f"{foreign_apis.END}More.\n"
    )


@pytest.mark.parametrize(
    ("ours", "is_reached"),
    [(speed(OURS, 220.0), True), (speed(OURS, 300.0, cpu=1.5), False)],
    ids=["enough", "only by rate"],
)
def test_a_target_is_reached_by_processor_time(ours: Speed, is_reached: bool) -> None:
    results = Results({}, [speed(rest.BY_HAND, 100), ours])
    assert judge(results)["REST GET 1 KB, of Starlette + aiohttp"] is is_reached


def test_every_ratio_wanted_is_of_servers_and_scenarios_that_are_measured(
    field: Field, guarded_contests: tuple[Contest, ...], tmp_path: Path
) -> None:
    contests = (
        rest.contest(field, tmp_path),
        rest.over_https(field, tmp_path),
        tools.contest(field, tmp_path),
        *guarded_contests,
    )
    servers = {
        (contest.name, server.name, scenario.name)
        for contest in contests
        for server in contest.contestants
        for scenario in contest.scenarios
    }
    itself = tracing.contests(field, tmp_path)
    assert all(contest.scenarios and contest.contestants for contest in itself)
    wanted = {
        (ratio.contest, ratio.reference, ratio.scenario) for ratio in targets.RATIOS
    }
    assert wanted <= servers
