"""The benchmark's pieces run; nothing here asserts a time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmark import compiling, peers, report, rest, targets, tools
from benchmark.contest import OURS, Run, Speed
from benchmark.documents import DOCUMENTS, Document
from benchmark.load import Load, WrongAnswerError, read
from benchmark.results import Results, by_cpu, by_rate

SCRIPT = Path(__file__).with_name("run.py")


def speed(server: str, *rates: float, cpu: float = 1.0) -> Speed:
    """Return a server's speed; `cpu` is how much of a core it took to reach it."""
    loads = [Load(answers=1000, rate=rate, p50=1.0, p99=2.0) for rate in rates]
    runs = tuple(Run(load, cpu_microseconds=cpu * 1e6 / load.rate) for load in loads)
    return Speed(rest.NAME, "GET 1 KB", server, runs)


def summary(**changes: int) -> str:
    counts = {"requests": 100, "bytes": 120_000, "microseconds": 2_000_000}
    counts |= {"lost": 0, "failed": 0, "p50": 1500, "p99": 2500}
    return json.dumps(counts | changes)


def test_the_compiler_is_measured(tmp_path: Path) -> None:
    options = ("--only", "compiler", "--rounds", "1", "--output", tmp_path)
    command = (sys.executable, SCRIPT, *options)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    measured = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    commands = [cost["command"] for cost in measured["costs"]]
    assert compiling.COLD in commands
    assert compiling.CHECK in commands
    assert all(len(cost["taken"]) == 1 for cost in measured["costs"])
    tables = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert all(command in tables for command in commands)


def test_the_capability_compiles_to_both_adapters(tmp_path: Path) -> None:
    project = peers.generated(tmp_path)
    package = project / project.name
    assert (package / "rest.py").is_file()
    assert f'name="{tools.TOOL}"' in (package / "mcp_server.py").read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.label)
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


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    ours, theirs = speed(OURS, 100, 50, 300), speed(rest.BY_HAND, 100, 100, 100)
    assert by_rate(ours, theirs) == 1.0
    assert by_cpu(ours, theirs) == 1.0


@pytest.mark.parametrize(
    ("ours", "reached"),
    [
        (speed(OURS, 95.0), True),
        (speed(OURS, 94.0), False),
        (speed(OURS, 94.0, cpu=0.5), False),
        (speed(OURS, 100.0, cpu=1.1), False),
    ],
    ids=["both", "neither", "not by rate", "not by CPU"],
)
def test_a_target_is_reached_by_rate_and_by_cpu(ours: Speed, reached: bool) -> None:
    results = Results({}, [speed(rest.BY_HAND, 100), ours])
    (verdict,) = targets.verdicts(results)
    assert verdict.reached is reached


def test_the_report_shows_what_was_measured_and_nothing_else() -> None:
    results = Results({}, [speed(rest.BY_HAND, 100), speed(OURS, 95)])
    text = report.markdown(results)
    assert "## REST" in text
    assert "0.95 × (0.95 × by CPU)" in text
    assert "## Compiler" not in text
