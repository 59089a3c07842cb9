"""The conformance suite: its expected results, and its results."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from node import Programs

OUT_OF_SCOPE = Path(__file__).with_name("out_of_scope.yaml")

_RESULT = re.compile(r"server-(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z")


@dataclass(frozen=True)
class Check:
    """A check of a scenario."""

    scenario: str
    name: str
    status: str

    @property
    def path(self) -> str:
        return f"{self.scenario}:{self.name}"

    @property
    def is_faulty(self) -> bool:
        """Return whether the suite's baseline counts it: it counts warnings too."""
        return self.status in {"FAILURE", "WARNING"}

    def is_named_by(self, entry: str) -> bool:
        """Return whether an expectation is about this check, or its whole scenario."""
        return entry in {self.scenario, self.path}


@dataclass(frozen=True)
class Run:
    """One run of the suite: its own verdict, and every check behind it."""

    exit_code: int
    output: str
    checks: tuple[Check, ...]

    @property
    def faults(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.is_faulty)

    @property
    def passed(self) -> set[str]:
        """Return the scenarios without a fault, and the checks that succeeded."""
        successes = [check for check in self.checks if check.status == "SUCCESS"]
        faulty = {check.scenario for check in self.faults}
        scenarios = {check.scenario for check in successes} - faulty
        return scenarios | {check.path for check in successes}

    def unexpected_faults(self, expected: Iterable[str]) -> set[str]:
        """Return the faults that no expectation names."""
        entries = set(expected)
        return {f.path for f in self.faults if not entries & {f.scenario, f.path}}

    def stale(self, expected: Iterable[str]) -> set[str]:
        """Return the expectations that name no fault.

        The suite itself lets those pass whose check was not reached.
        """
        return {e for e in expected if not any(f.is_named_by(e) for f in self.faults)}


def out_of_scope(revision: str) -> tuple[str, ...]:
    """Return the expected failures of a revision: scenarios, and single checks."""
    groups = yaml.safe_load(OUT_OF_SCOPE.read_text(encoding="utf-8"))
    return tuple(e for group in groups for e in group["fails"].get(revision, ()))


def run(
    programs: Programs,
    url: str,
    names: tuple[str, ...],
    expected: Iterable[str],
    output: Path,
) -> Run:
    """Run the scenarios that options choose, with expected failures."""
    baseline = output / "baseline.yaml"
    baseline.write_text(yaml.safe_dump({"server": list(expected)}), encoding="utf-8")
    results = output / "results"
    process = programs.conformance(
        "server",
        *("--url", url),
        *names,
        *("--expected-failures", str(baseline)),
        *("--output-dir", str(results)),
    )
    checks = (
        check for result in sorted(results.iterdir()) for check in _checks(result)
    )
    return Run(process.returncode, process.stdout + process.stderr, tuple(checks))


def _checks(result: Path) -> Iterable[Check]:
    match = _RESULT.fullmatch(result.name)
    assert match, result
    for check in json.loads((result / "checks.json").read_text(encoding="utf-8")):
        yield Check(match["scenario"], check["id"], check["status"])
