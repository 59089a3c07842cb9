"""The official conformance suite against the compiled capability."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import node
import pytest
import suite
import yaml
from node import Programs, installed
from suite import Run, out_of_scope

if TYPE_CHECKING:
    from pathlib import Path

REVISIONS = ("2026-07-28", "2025-11-25")

OFFERED = {
    "2026-07-28": {
        "dns-rebinding-protection",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "input-required-result-validate-input",
        "tools-call-audio",
        "tools-call-embedded-resource",
        "tools-call-error",
        "tools-call-image",
        "tools-call-simple-text",
        "tools-list",
        "caching:sep-2549-tools-list-caching-hints",
        "server-stateless:sep-2575-server-implements-discover",
        "server-stateless:sep-2575-http-server-method-not-found-404",
    },
    "2025-11-25": {
        "dns-rebinding-protection",
        "ping",
        "server-initialize",
        "tools-call-audio",
        "tools-call-embedded-resource",
        "tools-call-error",
        "tools-call-image",
        "tools-call-simple-text",
        "tools-list",
    },
}


@pytest.fixture(scope="session", params=REVISIONS)
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def run(
    programs: Programs,
    url: str,
    revision: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Run the scenarios that a revision requires."""
    output = tmp_path_factory.mktemp("suite")
    required = ("--requirements", revision)
    return suite.run(programs, url, required, out_of_scope(revision), output)


def test_every_fault_has_a_reason_and_every_reason_a_fault(
    run: Run, revision: str
) -> None:
    assert run.unexpected(out_of_scope(revision)) == set()
    assert run.stale(out_of_scope(revision)) == set()
    assert run.exit_code == 0, run.output


def test_features_of_a_capability_conform(run: Run, revision: str) -> None:
    assert run.passed >= OFFERED[revision]


def test_every_message_is_valid(run: Run) -> None:
    checks = [check for check in run.checks if check.name == "wire-schema-valid"]

    assert len(checks) > 20
    assert [check.scenario for check in checks if check.is_faulty] == []


MISSING, NEEDLESS = "prompts-list", "tools-list"


def test_a_fault_without_a_reason_and_a_reason_without_a_fault_are_found(
    run: Run, revision: str
) -> None:
    expected = {*out_of_scope(revision), NEEDLESS} - {MISSING}

    assert run.unexpected(expected) == {f"{MISSING}:{MISSING}"}
    assert run.stale(expected) == {NEEDLESS}


def test_the_suite_fails_for_a_fault_without_a_reason(
    programs: Programs, url: str, tmp_path: Path
) -> None:
    run = suite.run(programs, url, ("--scenario", MISSING), [NEEDLESS], tmp_path)

    assert run.unexpected([NEEDLESS]) == {f"{MISSING}:{MISSING}"}
    assert run.exit_code == 1


def test_reasons_are_given_once() -> None:
    groups: list[dict[str, Any]] = yaml.safe_load(
        suite.OUT_OF_SCOPE.read_text(encoding="utf-8")
    )

    assert all(group["reason"].strip() for group in groups)
    assert all(set(group["fails"]) <= set(REVISIONS) for group in groups)
    for revision in REVISIONS:
        entries = out_of_scope(revision)
        assert len(set(entries)) == len(entries)


def test_the_lock_says_where_each_program_is() -> None:
    """Else npm fetches the list of all versions of each."""
    lock = json.loads(node.LOCK.read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}

    assert packages
    assert [
        name for name, package in packages.items() if "resolved" not in package
    ] == []


LOCK: dict[str, Any] = {
    "lockfileVersion": 3,
    "packages": {
        "": {"dependencies": {"one": "1.0.0"}},
        "node_modules/one": {
            "version": "1.0.0",
            "resolved": "https://registry.npmjs.org/one/-/one-1.0.0.tgz",
        },
    },
}
"""A lock of one program; all of them would take npm longer."""


def test_a_registry_that_cannot_be_reached_skips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = (tmp_path / "package.json", tmp_path / "package-lock.json")
    for path, content in zip(declared, (LOCK["packages"][""], LOCK), strict=True):
        path.write_text(json.dumps(content), "utf-8")
    monkeypatch.setattr(node, "_DECLARED", declared)
    nowhere = {
        "npm_config_registry": "http://127.0.0.1:1/",
        "npm_config_cache": str(tmp_path / "npm"),
    }

    with pytest.raises(pytest.skip.Exception, match="can't reach its registry"):
        installed(tmp_path, **nowhere)
