"""The official conformance suite against the compiled capability."""

import pytest
import suite
from node import Programs
from suite import Run, out_of_scope

REVISIONS = ("2026-07-28", "2025-11-25")

OFFERED = {
    "2026-07-28": {
        *("dns-rebinding-protection", "http-header-validation"),
        *("input-required-result-unsupported-methods",),
        *("input-required-result-validate-input", "tools-call-audio"),
        *("tools-call-embedded-resource", "tools-call-error", "tools-call-image"),
        *("tools-call-simple-text", "tools-list"),
        *("caching:sep-2549-tools-list-caching-hints",),
        *("server-stateless:sep-2575-server-implements-discover",),
        *("server-stateless:sep-2575-http-server-method-not-found-404",),
    },
    "2025-11-25": {
        *("dns-rebinding-protection", "ping", "server-initialize", "tools-call-audio"),
        *("tools-call-embedded-resource", "tools-call-error", "tools-call-image"),
        *("tools-call-simple-text", "tools-list"),
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
    assert run.unexpected_faults(out_of_scope(revision)) == set()
    assert run.stale(out_of_scope(revision)) == set()
    assert run.exit_code == 0, run.output


def test_features_of_a_capability_conform(run: Run, revision: str) -> None:
    assert run.passed >= OFFERED[revision]


def test_every_message_is_valid(run: Run) -> None:
    checks = [check for check in run.checks if check.name == "wire-schema-valid"]

    assert len(checks) > 20
    assert [check.scenario for check in checks if check.is_faulty] == []
