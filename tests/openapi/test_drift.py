"""The output of `drift` after changes of an OpenAPI document."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from golden_files import Golden
from naftiko_gen.cli.main import main
from naftiko_gen.tools.drift.changes import Kind

DOCUMENTS = Path(__file__).parent / "documents"
EXPECTED = Path(__file__).parent / "expected"
SPECS = Path(__file__).parents[2] / "specs"

BEFORE = Path(__file__).with_name("drift.yaml").read_text("utf-8")


KINDS = {kind.slug: kind for kind in Kind}
CHANGES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("drift_changes.yaml").read_text("utf-8")
)
"""Changes of the document: its old and new text, and the finding if there is one."""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Import the document before its change."""
    directory = tmp_path_factory.mktemp("rooms")
    (directory / "openapi.yaml").write_text(BEFORE, "utf-8")
    capability = directory / "rooms.yaml"
    assert main(["import", str(directory / "openapi.yaml"), "-o", str(capability)]) == 0
    return capability


def find_drift(
    spec: Path, document: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, Any]:
    capsys.readouterr()
    code = main(["drift", str(spec), "--openapi", str(document), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "change", CHANGES, ids=lambda change: change.get("message") or change["new"]
)
def test_a_change_is_said(
    change: dict[str, Any],
    spec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert BEFORE.count(change["old"]) >= 1
    document = tmp_path / "openapi.yaml"
    document.write_text(BEFORE.replace(change["old"], change["new"], 1), "utf-8")

    code, report = find_drift(spec, document, capsys)

    messages = [(f["kind"], f["operation"], f["message"]) for f in report["findings"]]
    operation = change.get("operation", "rooms.list-rooms")
    kind = KINDS.get(change["kind"])
    assert messages == ([(kind.slug, operation, change["message"])] if kind else [])
    breaks = kind is not None and kind.breaks
    assert (code, report["breaking"]) == ((1, True) if breaks else (0, False))


def test_members_that_are_gone_are_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"part-{letter}" for letter in "abcdefgh"]
    members = ", ".join(f"{name}: {{type: string}}" for name in names)
    before = BEFORE.replace("note: {type: string}", members)
    spec, document = tmp_path / "rooms.yaml", tmp_path / "openapi.yaml"
    document.write_text(before, "utf-8")
    assert main(["import", str(document), "-o", str(spec)]) == 0
    document.write_text(before.replace(f", {members}", ""), "utf-8")

    _, report = find_drift(spec, document, capsys)

    lost_members = [re.findall("'(.*?)'", f["message"])[0] for f in report["findings"]]
    assert lost_members == names


def test_every_kind_has_a_case() -> None:
    elsewhere = {Kind.BODY_GONE, Kind.AUTHENTICATION_NOT_NEEDED}
    of_bodies = {Kind.INPUT_VALUE_GONE, Kind.INPUT_VALUE_ADDED, Kind.BODY_NOT_COMPARED}

    kinds = {KINDS[change["kind"]] for change in CHANGES if change["kind"]}
    assert kinds | elsewhere | of_bodies == set(Kind)


def test_a_body_and_a_credential_can_go(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "openapi.yaml"
    text = BEFORE.replace("security: [{token: []}]", "security: []")
    start, end = text.index("      requestBody:\n        required"), text.index(
        "components:"
    )
    document.write_text(f"{text[:start]}      responses: {{}}\n{text[end:]}")

    code, report = find_drift(spec, document, capsys)

    assert code == 1
    kinds = [f["kind"] for f in report["findings"]]
    assert kinds.count("body-gone") == 1
    assert kinds.count("authentication-not-needed") == 4


def test_text_has_places(
    golden: Golden,
    spec: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(spec.parent)
    text = BEFORE.replace("    delete:", "    put:").replace(
        "  /rooms:\n", "  /halls: {get: {}}\n  /rooms:\n"
    )
    Path("changed.yaml").write_text(text, "utf-8")
    capsys.readouterr()

    assert main(["drift", "rooms.yaml", "--openapi", "changed.yaml"]) == 1

    golden.check(EXPECTED / "drift.txt", capsys.readouterr().out.encode())


def changed_rooms(directory: Path) -> Path:
    """Return the document with a breaking change, another one and a new operation."""
    text = BEFORE.replace("    delete:", "    put:")
    text = text.replace("next: {type: string}", "next: {type: string}, more: {}")
    text = text.replace("  /rooms:\n", "  /halls: {get: {}}\n  /rooms:\n")
    document = directory / "changed.yaml"
    document.write_text(text, "utf-8")
    return document


def test_only_breaking_changes_can_be_listed(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["drift", str(spec), "--openapi", str(changed_rooms(tmp_path))]

    assert main([*arguments, "--breaking", "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [finding["kind"] for finding in findings] == ["method-changed"]
    assert main(arguments) == 1
    assert "other[output-added]" in capsys.readouterr().out
    assert main([*arguments, "--breaking"]) == 1
    assert "other" not in capsys.readouterr().out.replace(str(tmp_path), "")


def test_github_annotates_the_capability(
    spec: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(spec.parent))
    document = str(changed_rooms(tmp_path))
    main(["drift", str(spec), "--openapi", document, "--format", "github"])

    lines = capsys.readouterr().out.splitlines()
    kinds = {re.sub(r"^::(\w+) .*title=([^:]+)::.*", r"\1 \2", line) for line in lines}
    assert kinds == {"error method-changed", "notice output-added"}
    assert all("file=rooms.yaml,line=" in line for line in lines)


def test_sarif_has_a_rule_for_each_kind(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = str(changed_rooms(tmp_path))
    main(["drift", str(spec), "--openapi", document, "--format", "sarif"])

    [run] = json.loads(capsys.readouterr().out)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["method-changed", "output-added"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        [location] = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] > 1
    assert {result["level"] for result in run["results"]} == {"error", "note"}


def test_a_published_capability_is_compared(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its paths include the server's path, and its names are its own."""
    document = reference / "upstream/prime-training-mock.openapi.yaml"

    code, report = find_drift(SPECS / "training-runs.yaml", document, capsys)
    assert (code, report["findings"]) == (0, [])

    text = document.read_text("utf-8").replace("/{run_id}:", "/{run_id}/now:")
    (tmp_path / "changed.yaml").write_text(text, "utf-8")
    code, report = find_drift(
        SPECS / "training-runs.yaml", tmp_path / "changed.yaml", capsys
    )
    assert code == 1
    assert report["findings"][0]["kind"] == "operation-gone"
    assert report["findings"][0]["operation"] == "training-runs.deleterun"
    assert report["findings"][0]["spec"]["line"] == 42


def test_shapes_of_answers_are_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "openapi.yaml"
    document.write_text(BEFORE, "utf-8")
    spec = tmp_path / "rooms.yaml"
    spec.write_bytes(Path(__file__).with_name("drift_of_shapes.yaml").read_bytes())

    code, report = find_drift(spec, document, capsys)

    assert code == 1
    assert [f["message"] for f in report["findings"] if f["breaking"]] == [
        "the response has no '$.last'",
        "'$.next' of the response is string, but was boolean",
    ]


@pytest.mark.parametrize(
    ("spec_text", "document"), [("a: 1", BEFORE), (None, "openapi: 9")]
)
def test_unreadable_documents_are_reported(
    spec_text: str | None,
    document: str,
    spec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "openapi.yaml").write_text(document, "utf-8")
    (tmp_path / "spec.yaml").write_text(spec_text or spec.read_text("utf-8"), "utf-8")
    files = str(tmp_path / "spec.yaml"), "--openapi", str(tmp_path / "openapi.yaml")
    capsys.readouterr()

    assert main(["drift", *files]) == 1

    output = capsys.readouterr()
    assert "error[" in output.err
    assert output.out == ""


def test_the_upstream_can_be_named(spec: Path) -> None:
    document = str(spec.parent / "openapi.yaml")
    assert (
        main(["drift", str(spec), "--openapi", document, "--namespace", "rooms"]) == 0
    )
    with pytest.raises(SystemExit) as exit_info:
        main(["drift", str(spec), "--openapi", document, "--namespace", "halls"])
    assert exit_info.value.code == 2


def test_the_page_names_every_kind() -> None:
    page = (SPECS.parent / "docs" / "openapi" / "drift.md").read_text("utf-8")

    assert [kind.slug for kind in Kind if f"`{kind.slug}`" not in page] == []
