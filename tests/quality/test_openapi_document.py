"""OpenAPI documents are valid, and describe the adapters correctly."""

import os
from pathlib import Path
from typing import Any

import pytest
from capabilities import CAPABILITIES
from openapi_spec_validator import OpenAPIV31SpecValidator
from service import Package, running

import forks
from naftiko_gen.emit.code.names import Names
from naftiko_gen.emit.openapi.openapi import openapi_document
from naftiko_gen.ir import ANY_METHOD, RestAdapter

pytestmark = pytest.mark.long

WITH_ROUTES = [slug for slug, capability in CAPABILITIES.items() if capability.rest]
# Their operations need no state: the embedded upstream, which replaces the real one,
# keeps resources that were deleted.
EXERCISED = ("binary", "body-fields", "cookies")
MORE = "NAFTIKO_API_EXAMPLES"
EXAMPLES = os.environ.get(MORE, "5")
"""The most requests of each kind to an operation; some kinds take a few more."""
# Sequences are for long runs: the other phases find the traces of an earlier request.
PHASES = "examples,coverage,fuzzing" + (",stateful" if MORE in os.environ else "")
SCHEMATHESIS = (
    "schemathesis.cli.commands.run.executor",
    "schemathesis.engine.run.unit._hypothesis_executor",
    "schemathesis.engine.run.unit._pool",
    "schemathesis.generation.hypothesis.examples",
    "schemathesis.python.asgi",
    "schemathesis.specs.openapi.coverage",
    "schemathesis.specs.openapi.schemas",
    "schemathesis.transport.wsgi",
)
# A third of its time is a search for garbage, of which there is little.
STARTER = "import gc; gc.disable(); from schemathesis.cli import schemathesis"
STARTER += "; schemathesis()"


@pytest.mark.parametrize("slug", WITH_ROUTES)
def test_documents_are_valid(slug: str) -> None:
    capability = CAPABILITIES[slug]
    for adapter in capability.rest:
        document = openapi_document(adapter, Names(capability))
        errors = OpenAPIV31SpecValidator(document).iter_errors()
        assert [error.message for error in errors] == []


def exercise(project: Path, adapter: str, directory: Path) -> None:
    """Run all checks of Schemathesis, which stores its state in the directory."""
    package = Package(project, (adapter,))
    with running(package, "rest", "--mock") as service:
        assert "made up (--mock)" in service.output
        document = f"{service.url(adapter)}/openapi.json"
        command = ("run", document, "--checks=all", "--no-color", "--seed=1")
        settings = ("--max-examples", EXAMPLES, "--generation-database=none")
        arguments = (*command, f"--phases={PHASES}", *settings)
        program = forks.Code(STARTER)
        process = forks.run(
            forks.Command(program, arguments, directory, os.environ, SCHEMATHESIS)
        )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "No issues found" in process.stdout


@pytest.mark.parametrize("slug", EXERCISED)
def test_schemathesis_finds_nothing(packages: Path, tmp_path: Path, slug: str) -> None:
    [adapter] = CAPABILITIES[slug].rest
    exercise(packages / slug, adapter.namespace, tmp_path)


def test_schemathesis_finds_nothing_in_the_committed_package(
    pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    project = pytestconfig.rootpath / "generated" / "training-runs"
    exercise(project, "training-runs-rest", tmp_path)


@pytest.mark.parametrize("slug", WITH_ROUTES)
def test_operations_have_names_summaries_and_tags(slug: str) -> None:
    capability = CAPABILITIES[slug]
    for adapter in capability.rest:
        document: Any = openapi_document(adapter, Names(capability))
        methods = [
            method for path in document["paths"].values() for method in path.values()
        ]
        identifiers = [method["operationId"] for method in methods]
        assert len(set(identifiers)) == len(identifiers) == _operations(adapter)
        assert all(
            identifier.isidentifier() and identifier.isascii()
            for identifier in identifiers
        )
        assert all(method["summary"] for method in methods)
        tags = {tag["name"] for tag in document["tags"] if tag["description"]}
        assert {tag for method in methods for tag in method["tags"]} == tags
        assert document["servers"] == [{"url": "/"}]


def _operations(adapter: RestAdapter) -> int:
    """Return how many operations describe the routes; a forward has five."""
    forwards = sum(route.method == ANY_METHOD for route in adapter.routes)
    return len(adapter.routes) + 4 * forwards
