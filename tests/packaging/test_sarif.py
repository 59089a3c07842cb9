"""The logs of `--format sarif` are valid by the official schema."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from environments import SPEC, run
from jsonschema import validators

from naftiko_gen.diagnostics.report import Code, Diagnostic
from naftiko_gen.diagnostics.sarif import sarif
from naftiko_gen.diagnostics.span import Span
from wheelhouse import once

if TYPE_CHECKING:
    from pathlib import Path

CARRIER = "@microsoft/jest-sarif@1.0.0-beta.0"
"""A package of Microsoft's in which the schema of OASIS lies."""
MEMBER = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
UNREACHABLE = re.compile(r"\b(ENOTFOUND|ECONN\w+|ETIMEDOUT|EAI_AGAIN)\b")


@pytest.fixture
def schema(common: Path) -> Any:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")

    def fetch(root: Path) -> None:
        root.mkdir()
        command = ["npm", "pack", "--pack-destination", str(root), CARRIER]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if UNREACHABLE.search(done.stderr):
            root.rmdir()
            pytest.skip("npm can't reach its registry")
        assert done.returncode == 0, done.stderr

    [archive] = once(common / "sarif-schema", fetch).glob("*.tgz")
    with tarfile.open(archive) as members:
        file = members.extractfile(MEMBER)
        assert file is not None
        return json.load(file)


def test_the_log_of_a_run_is_valid(schema: Any, sources: Path, tmp_path: Path) -> None:
    command = (sys.executable, "-m", "naftiko_gen.cli", SPEC, "-o", tmp_path)
    options = ("--check", "--format", "sarif")

    said = run(
        *command, *options, cwd=sources, env={"PYTHONPATH": "generator"}, status=1
    )

    assert faults(json.loads(said), schema) == []


def test_a_log_with_every_code_is_valid(schema: Any) -> None:
    places = (None, Span(3, 1), Span(12, 5, 7))
    found = [
        Diagnostic(code, code.meaning, f"{code}.yaml", at)
        for code in Code
        for at in places
    ]

    assert faults(json.loads(sarif(found)), schema) == []
    assert faults({"version": "2.1.0", "runs": [{}]}, schema) != []


def faults(log: Any, schema: Any) -> list[str]:
    validator = validators.validator_for(schema)
    validator.check_schema(schema)
    return [error.message for error in validator(schema).iter_errors(log)]
