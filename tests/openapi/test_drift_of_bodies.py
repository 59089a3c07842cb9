"""The output of `drift` after changes of the schemas of bodies."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from written import write_api

from naftiko_gen.cli.main import main

BEFORE = Path(__file__).with_name("drift_of_bodies.yaml").read_text("utf-8")
BOOK = "rooms.book"
TICKET = "rooms.add-ticket"
CHANGES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("drift_changes_of_bodies.yaml").read_text("utf-8")
)
"""Changes of the document: its old and new text, and the findings."""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Import the document before its change."""
    directory = tmp_path_factory.mktemp("rooms")
    return import_document(BEFORE, directory)


def import_document(text: str, directory: Path) -> Path:
    document, spec = directory / "openapi.yaml", directory / "rooms.yaml"
    document.write_text(text, "utf-8")
    assert main(["import", str(document), "-q", "-o", str(spec)]) == 0
    return spec


def find_drift(
    spec: Path, text: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, Any]:
    document = directory / "now.yaml"
    document.write_text(text, "utf-8")
    capsys.readouterr()
    code = main(["drift", str(spec), "--openapi", str(document), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change["new"])
def test_changes_of_members_are_said(
    change: dict[str, Any],
    spec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert BEFORE.count(change["old"]) == 1
    text = BEFORE.replace(change["old"], change["new"])
    code, report = find_drift(spec, text, tmp_path, capsys)

    findings = report["findings"]
    for finding, expected in zip(findings, change["findings"], strict=True):
        assert finding["kind"] == expected["kind"]
        assert finding["operation"] == BOOK
        assert f"the member '{expected['member']}' of the body" in finding["message"]
        assert finding["message"].endswith(expected["message"])
    assert report["uncompared"] == []
    assert code == any(finding["breaking"] for finding in findings)


def test_fields_of_forms_are_compared(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = BEFORE.replace("[open, closed]", "[open]").replace(
        "labels: {type: array, items: {type: string}}",
        "labels: {type: array, items: {type: integer}}",
    )
    _, report = find_drift(spec, text, tmp_path, capsys)

    kinds = [(f["kind"], f["operation"]) for f in report["findings"]]
    assert kinds == [("input-value-gone", TICKET), ("input-type-changed", TICKET)]


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("{card: {type: string}}", "{}", "the member 'pay' of the body"),
        ("type: number", "oneOf: [{type: number}, {type: string}]", ""),
    ],
)
def test_an_undescribed_part_changes_nothing(
    old: str,
    new: str,
    part: str,
    spec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = BEFORE.replace(old, new)
    code, report = find_drift(spec, text, tmp_path, capsys)

    assert (code, report["findings"]) == (0, [])
    messages = [item["message"] for item in report["uncompared"]]
    assert messages == ([f"can't be compared: {part}"] if part else [])


@pytest.mark.parametrize("properties", ["a: {type: string}", "b: {type: string}"])
def test_a_body_that_the_capability_does_not_describe_is_said(
    properties: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start, end = BEFORE.index("              required: [room]"), BEFORE.index(
        "      resp"
    )
    members = f"              properties: {{{properties}}}\n"
    before, now = (BEFORE[:start] + more + BEFORE[end:] for more in ("", members))
    spec = import_document(before, tmp_path)
    code, report = find_drift(spec, now, tmp_path, capsys)

    assert (code, report["findings"]) == (0, [])
    messages = [(item["kind"], item["message"]) for item in report["uncompared"]]
    assert messages == [("body-not-compared", "can't be compared: the body")]
    main(["drift", str(spec), "--openapi", str(tmp_path / "now.yaml")])
    summary = "nothing breaking in"
    output = capsys.readouterr().out
    assert summary in output
    assert output.endswith("; not compared, or not as a whole: 1 body\n")


def test_members_that_an_import_leaves_out_are_no_drift(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [*(f"m{number}" for number in range(250)), "a'\"b"]
    members = {name: {"type": "string"} for name in names}
    schema = {"type": "object", "properties": members}
    answer = {
        "description": "All.",
        "content": {"application/json": {"schema": schema}},
    }
    paths = {"/rooms": {"get": {"responses": {"200": answer}}}}
    text = write_api(tmp_path, paths).read_text("utf-8")
    spec = import_document(text, tmp_path)
    code, report = find_drift(spec, text, tmp_path, capsys)
    assert (code, report["findings"]) == (0, [])
