"""Every supported Python: the compiler, and the package that it writes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from environments import SPEC, VERSIONS, Environment, run, tree
from mock_server import serving

from waiting import PATIENCE

Environments = Callable[[str], Environment]

ROUTE = "/v1/api/v1/training/runs"

each_version = pytest.mark.parametrize("version", VERSIONS)


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_the_output_is_the_same_as_of_the_first_version(
    version: str,
    wheel_environments: Environments,
    sources: Path,
    tmp_path: Path,
    expected_files: object,
) -> None:
    run(
        wheel_environments(version).script("naftiko-gen"),
        sources / SPEC,
        "-o",
        tmp_path,
    )

    assert tree(tmp_path / "training-runs") == expected_files


@each_version
def test_the_package_passes_its_tests(
    version: str, package_environments: Environments, package: Path, tmp_path: Path
) -> None:
    project = shutil.copytree(package, tmp_path / "project")

    process = run(
        package_environments(version).python, "-m", "pytest", "-q", "tests", cwd=project
    )

    assert " passed" in process
    assert "failed" not in process


@each_version
def test_the_package_has_a_command_that_serves(
    version: str, package_environments: Environments
) -> None:
    environment = package_environments(version)
    with serving(environment) as urls:
        answer = httpx2.delete(
            f"{urls['training-runs-rest']}{ROUTE}/run_1", timeout=PATIENCE
        )

    assert (answer.status_code, answer.json()["mock"]) == (200, "deleterun")


def test_clients_are_told_to_start_the_interpreter_that_has_the_package(
    package_environments: Environments,
) -> None:
    environment = package_environments(VERSIONS[-1])
    command = (environment.script("training-runs"), "mcp-config", "--client", "cursor")

    # Advice for people follows the JSON document.
    document, _ = json.JSONDecoder().raw_decode(run(*command))
    [server] = document["mcpServers"].values()

    assert server["command"] == str(environment.python)
