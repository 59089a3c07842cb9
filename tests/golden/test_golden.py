"""Features of the language, each as code of an emitted package."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from examples import unpack

from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.pipeline import compile_spec

if TYPE_CHECKING:
    from golden_files import Golden
    from naftiko_gen.publish.plan import Plan

CASES = Path(__file__).parent
SHOWN: dict[str, tuple[str, ...]] = {
    "access-tokens": (
        *("spec/authentication.py", "spec/mcp_server.py", "spec/openapi.json"),
        "pyproject.toml",
    ),
    "avro-output": ("spec/readers.py", "spec/mock.py"),
    "aggregate": ("spec/mcp_server.py", "spec/rest.py"),
    "api-keys": ("spec/client.py",),
    "bearer-guard": (
        *("spec/authentication.py", "spec/rest.py", "spec/__main__.py"),
        *("spec/openapi.json", "README.md"),
    ),
    "basic-auth": ("spec/client.py",),
    "binary": (
        *("spec/client.py", "spec/rest.py", "spec/mcp_server.py"),
        *("spec/openapi.json", "README.md"),
    ),
    "bound-files": (
        *("spec/client.py", "spec/__main__.py", "README.md"),
        "pyproject.toml",
    ),
    "body-fields": ("spec/rest.py", "spec/client.py"),
    "body-template": ("spec/client.py",),
    "byte-body": ("spec/client.py", "spec/rest.py", "spec/mcp_server.py"),
    "cache-hints": ("spec/mcp_server.py",),
    "control": ("spec/__main__.py",),
    "cookies": ("spec/client.py", "spec/rest.py", "spec/openapi.json"),
    "filled-output": ("spec/outputs.py",),
    "forward": ("spec/client.py", "spec/rest.py"),
    "form-body": ("spec/client.py", "spec/mcp_server.py"),
    "guard-in-file": ("spec/authentication.py", "spec/client.py", "README.md"),
    "hints": ("spec/mcp_server.py",),
    "json-path": ("spec/outputs.py", "spec/mcp_server.py"),
    "html-output": ("spec/readers.py", "spec/outputs.py"),
    "imported-adapter": (
        "spec/client.py",
        "spec/mcp_book_tools.py",
    ),
    "keys-elsewhere": ("spec/client.py",),
    "markdown-output": ("spec/readers.py", "spec/outputs.py", "spec/mock.py"),
    "mock": (
        *("spec/functions.py", "spec/rest.py", "spec/mcp_server.py"),
        *("spec/__main__.py", "spec/openapi.json", "tests/test_rest.py"),
        *("pyproject.toml", "README.md"),
    ),
    "nested-output": ("spec/outputs.py",),
    "package-layout": ("__init__.py", "__main__.py"),
    "other-guards": ("spec/authentication.py", "spec/mcp_open.py"),
    "prompts": ("spec/mcp_server.py", "README.md"),
    "protobuf-output": ("spec/readers.py", "pyproject.toml"),
    "queries-in-steps": ("spec/functions.py",),
    "query-and-headers": ("spec/client.py", "spec/rest.py", "spec/openapi.json"),
    "resources": (
        "spec/mcp_server.py",
        "spec/resources/guides/crews.md",
        "skills/spec/SKILL.md",
        "README.md",
    ),
    "restricted-inputs": (
        *("spec/rest.py", "spec/mcp_server.py", "spec/openapi.json"),
        *("spec/rest.json", "spec/mcp_server.json", "skills/spec/SKILL.md"),
        "spec/inputs.py",
        *("spec/arguments.py", "spec/client.py"),
    ),
    "script-step": ("spec/functions.py", "spec/scripts/prices.py.txt.txt"),
    "shaped-output": ("spec/outputs.py", "spec/mcp_server.py"),
    "signed-requests": ("spec/client.py", "pyproject.toml"),
    "skill": ("skills/browse-books/SKILL.md",),
    "skill-server": ("spec/__main__.py", "spec/skills.json"),
    "stdio": ("spec/__main__.py",),
    "steps": (
        "spec/functions.py",
        "spec/mcp_server.py",
        "spec/rest.py",
        "spec/mock.py",
        "spec/openapi.json",
    ),
    "steps-in-other-formats": ("spec/functions.py", "spec/mock.py"),
    "templated-base-uri": ("spec/client.py",),
    "two-adapters": ("spec/rest_shop.py", "spec/rest_partners.py", "spec/__main__.py"),
    "typed-arguments": (
        *("spec/arguments.py", "spec/client.py", "spec/mcp_server.py"),
        *("spec/functions.py", "spec/outputs.py"),
    ),
    "xml-output": ("spec/outputs.py",),
}
"""The files of each case that show its feature."""
LAYOUTS = {"package-layout": Layout.PACKAGE}


@pytest.mark.parametrize(("case", "file"), [(c, f) for c in SHOWN for f in SHOWN[c]])
def test_a_feature_looks_as_expected(case: str, file: str, golden: Golden) -> None:
    golden.check(CASES / case / "expected" / file, files(case)[file])


def test_the_package_layout_is_the_module_and_the_manifest(tmp_path: Path) -> None:
    module = emit_case("package-layout", tmp_path)
    project = emit_case("stdio", tmp_path / "project")

    names = {path.name for path in module.iterdir()}
    assert names == {
        ".naftiko-gen.json",
        *(p.name for p in (project / "spec").iterdir()),
    }


def test_the_readme_names_a_document_that_is_served(tmp_path: Path) -> None:
    text = "described at `/openapi.json`"
    readme = emit_case("body-fields", tmp_path) / "README.md"
    assert text in readme.read_text("utf-8")

    hidden_package = str(unpack("hidden-document"))
    readme = emit_case(hidden_package, tmp_path / "hidden") / "README.md"
    assert "`shop` at `http://127.0.0.1:8080`" in readme.read_text("utf-8")
    assert text not in readme.read_text("utf-8")


def test_every_expected_file_is_compared() -> None:
    expected = [path for path in CASES.glob("*/expected/**/*") if path.is_file()]
    expected_files = [CASES / c / "expected" / file for c in SHOWN for file in SHOWN[c]]

    assert sorted(expected) == sorted(expected_files)


@cache
def files(case: str) -> dict[str, bytes]:
    """Return the files of a case's package, which aren't written."""
    plan = compile_case(case, Options(Path("out"), dry=True))
    return {file.path: file.content for file in plan.emitted}


def emit_case(case: str, directory: Path) -> Path:
    """Return the package of a case, below a directory."""
    return compile_case(case, Options(directory / "out")).root


def compile_case(case: str, options: Options) -> Plan:
    options = replace(options, layout=LAYOUTS.get(case, Layout.PROJECT))
    result = compile_spec(CASES / case / "spec.yaml", options)
    assert result.changes, result.diagnostics
    assert result.changes.plan
    return result.changes.plan
