"""The command `check`: each setting with its state and its source, and no value."""

import json
import os
from pathlib import Path

import pytest
import yaml
from service import Package, compile_text

VALUE = "s3cret-0123456789"
KEY = {"PRIME_API_KEY": VALUE}
BOUND = Path(__file__).with_name("bound_files.yaml").read_text("utf-8")
STATES = yaml.safe_load(
    Path(__file__).with_name("setting_states.yaml").read_text("utf-8")
)


@pytest.mark.parametrize("case", STATES)
def test_the_state_of_each_setting_is_told_without_its_value(
    training: Package, case: dict[str, dict[str, str]]
) -> None:
    variables, expected = case["variables"], case.get("states", {})
    process = training.run("check", "--json", **variables)
    result = training.run("check", **variables)

    report = json.loads(process.stdout)
    states = {setting["name"]: setting["state"] for setting in report["settings"]}
    assert {k: v for k, v in states.items() if v not in ("ok", "unset")} == expected
    assert report["ok"] is not bool({"missing", "malformed"} & {*expected.values()})
    assert process.returncode == result.returncode == (0 if report["ok"] else 1)
    lines = [tuple(line.split()[:2]) for line in result.stdout.splitlines()]
    assert lines == [
        (setting["state"], setting["name"]) for setting in report["settings"]
    ]
    assert (
        "s3cret" not in process.stdout + process.stderr + result.stdout + result.stderr
    )


def test_the_source_of_each_value_is_told(tmp_path: Path) -> None:
    package = compile_text(BOUND, tmp_path)
    values = package.project / "shared" / "secrets.yaml"
    values.parent.mkdir()
    values.write_text(f"shop-bearer-token: {VALUE}\n")

    report = json.loads(package.run("check", "--json", SHOP_EDITION="2").stdout)
    sources = {setting["name"]: setting["source"] for setting in report["settings"]}
    expected = {
        "SHOP_KEY": "file ./shared/secrets.yaml",
        "SHOP_EDITION": "variable",
        "SHOP_BASE_URI": "default",
        "SHOP_REST_TOKEN": "-",
    }
    assert expected.items() <= sources.items()


@pytest.mark.parametrize(
    ("file", "state"), [("new", "ok"), ("none/new", "malformed"), (".", "malformed")]
)
def test_the_file_of_the_audit_is_tried_and_not_made(
    training: Package, tmp_path: Path, file: str, state: str
) -> None:
    path = str(tmp_path / file)
    for arguments, variables in (
        (("--audit", path), {}),
        ((), {"TRAINING_RUNS_AUDIT": path}),
    ):
        process = training.run("check", "--json", *arguments, **{**KEY, **variables})
        report = json.loads(process.stdout)
        states = {setting["name"]: setting["state"] for setting in report["settings"]}
        assert states["TRAINING_RUNS_AUDIT"] == state
        assert process.returncode == (state == "malformed")
    assert [*tmp_path.iterdir()] == []


def test_a_pipe_that_nobody_reads_is_no_file_of_the_audit(
    training: Package, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "audit")
    for is_read in (False, True):
        reader = os.open(tmp_path / "audit", os.O_RDONLY | os.O_NONBLOCK)
        if not is_read:
            os.close(reader)
        process = training.run("check", "--audit", str(tmp_path / "audit"), **KEY)
        [line] = [x for x in process.stdout.splitlines() if "RUNS_AUDIT " in x]
        assert line.startswith("ok" if is_read else "malformed")
        assert ("a pipe that nobody reads" in line) is not is_read
    os.close(reader)


def test_a_misspelt_variable_is_answered_with_a_question(training: Package) -> None:
    process = training.run("check", TRAINING_RUNS_TIMOUT="2")
    assert process.stdout.endswith("; did you mean TRAINING_RUNS_TIMEOUT?\n")
