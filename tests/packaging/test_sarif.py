"""The logs of `--format sarif` are valid by the official schema."""

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from environments import SPEC
from jsonschema import validators

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.report import Code, Diagnostic
from naftiko_gen.diagnostics.sarif import sarif
from naftiko_gen.diagnostics.span import Span
from wheelhouse import once

CHECKOUT = Path(__file__).parents[2]
CARRIER = "@microsoft/jest-sarif@1.0.0-beta.0"
"""A package of Microsoft's that contains the schema of OASIS."""
MEMBER = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
UNREACHABLE = re.compile(r"\b(ENOTFOUND|ECONN\w+|ETIMEDOUT|EAI_AGAIN)\b")


@pytest.fixture
def schema(common: Path) -> Any:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")

    def fetch(root: Path) -> None:
        root.mkdir()
        command = ["npm", "pack", "--pack-destination", str(root), CARRIER]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        if UNREACHABLE.search(process.stderr):
            root.rmdir()
            pytest.skip("npm can't reach its registry")
        assert process.returncode == 0, process.stderr

    [archive] = once(common / "sarif-schema", fetch).glob("*.tgz")
    with tarfile.open(archive) as members:
        file = members.extractfile(MEMBER)
        assert file is not None
        return json.load(file)


def test_the_log_of_a_run_is_valid(
    schema: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(CHECKOUT / SPEC), "-o", str(tmp_path)]

    assert main([*command, "--check", "--format", "sarif"]) == Exit.FAILED

    assert faults(json.loads(capsys.readouterr().out), schema) == []


def test_a_log_with_every_code_is_valid(schema: Any) -> None:
    places = (None, Span(3, 1), Span(12, 5, 7))
    diagnostics = [
        Diagnostic(code, code.meaning, f"{code}.yaml", at)
        for code in Code
        for at in places
    ]

    assert faults(json.loads(sarif(diagnostics)), schema) == []
    assert faults({"version": "2.1.0", "runs": [{}]}, schema) != []


def faults(log: Any, schema: Any) -> list[str]:
    validator = validators.validator_for(schema)
    validator.check_schema(schema)
    return [error.message for error in validator(schema).iter_errors(log)]
