"""Tasks that a spec and its Arazzo document state, as files for tests of agents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from naftiko_gen.cli.main import main

DOCUMENT = Path(__file__).parent / "documents" / "museum.yaml"
ARAZZO = Path(__file__).with_name("tasks_of_tools.yaml").read_text("utf-8")


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["import", str(DOCUMENT), "-q", "-o", "museum.yaml"]) == 0
    Path("museum.arazzo.yaml").write_text(ARAZZO, "utf-8")


def tasks() -> dict[str, dict[str, Any]]:
    """Write the tasks, and return them by the end of their ids."""
    assert main(["tools", "museum.yaml", "-q", "--evals", "tasks.jsonl"]) == 0
    lines = Path("tasks.jsonl").read_text("utf-8").splitlines()
    return {line["id"].split("/", 2)[2]: line for line in map(json.loads, lines)}


@pytest.mark.parametrize(
    ("name", "text", "expected", "other_names"),
    [
        (
            "get-special-event/title",
            "Get a special event",
            ["get-special-event"],
            ["delete-special-event"],
        ),
        (
            "update-special-event/description",
            "Change some facts of a special event",
            ["update-special-event"],
            ["delete-special-event"],
        ),
        (
            "get-museum-hours/example",
            "Get opening hours (startDate: 2026-03-17)",
            ["get-museum-hours"],
            [],
        ),
        (
            "evening/workflow",
            "Visit a concert",
            ["list-special-events", "buy-museum-tickets"],
            ["delete-special-event"],
        ),
        (
            "evening/1",
            "See which concerts there are in May",
            ["list-special-events"],
            ["delete-special-event"],
        ),
        (
            "look/workflow",
            "Look at one event.",
            ["get-special-event"],
            ["delete-special-event"],
        ),
    ],
)
def test_a_task_expects_tools_and_forbids_their_neighbours(
    name: str, text: str, expected: list[str], other_names: list[str]
) -> None:
    task = tasks()[name]
    assert task["input"] == text
    assert (task["expected"], task["forbidden"]) == (expected, other_names)


def test_each_text_stands_for_one_list_of_tools() -> None:
    texts = [task["input"] for task in tasks().values()]
    assert len(texts) == len(set(texts)) == 24
    assert "Book a hotel" not in texts


def test_the_search_finds_tools_by_their_own_words_more_often_than_by_others() -> None:
    """A recall is the same in every process: hash seeds change no order."""
    command = [sys.executable, "-m", "naftiko_gen", "tools", "museum.yaml", "--recall"]
    outputs = [
        subprocess.check_output(
            [*command, "--json"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for seed in ("0", "1")
    ]
    assert outputs[0] == outputs[1]
    recall = json.loads(outputs[0])[0]["servers"][0]["recall"]
    assert list(recall) == ["title", "description", "workflow", "step", "reworded"]
    assert recall["title"] == {"tasks": 8, "at": {"1": 100.0, "5": 100.0, "10": 100.0}}
    assert 0 < recall["reworded"]["at"]["1"] < 100
    assert recall["workflow"]["at"]["5"] < 100


def test_a_workflow_without_tools_is_reported_at_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["tools", "museum.yaml", "--evals", "tasks.jsonl", "--strict"]) == 1
    line = 1 + ARAZZO.splitlines().index("- workflowId: elsewhere")
    message = "the workflow 'elsewhere' is left out: no tool calls 'bookRoom'"
    expected = f"museum.arazzo.yaml:{line}:3: error[ignored-workflow] {message}"
    assert expected in capsys.readouterr().err


def test_an_unreadable_document_fails(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["tools", "museum.yaml", "--evals", "tasks.jsonl", "--arazzo", "no.yaml"]
    assert main(command) == 1
    assert "no.yaml: error[unreadable-file]" in capsys.readouterr().err


def test_older_tasks_are_replaced_and_other_files_stay(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = tasks()
    assert tasks() == first
    content = Path("tasks.jsonl").read_bytes() + b'{"input": "mine"}\n'
    Path("tasks.jsonl").write_bytes(content)
    assert main(["tools", "museum.yaml", "-q", "--evals", "tasks.jsonl"]) == 1
    assert "can't write tasks.jsonl: it has other lines" in capsys.readouterr().err
    assert Path("tasks.jsonl").read_bytes() == content


def test_the_list_of_the_museum_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", "museum.yaml", "--json"]) == 0
    [document] = json.loads(capsys.readouterr().out)
    [server] = document["servers"]
    assert server["tokens"] <= 1_700
    assert len(server["tools"]) == 8
