"""The distribution: its dependencies, and the commands in its documentation."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from naftiko_gen.emit import credentials
from naftiko_gen.emit.package import project

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SAFE = {
    "black": "26.3.1",
    "copier": "9.15",
    "cryptography": "46.0.5",
    "jinja2": "3.1.6",
    "mcp": "2.3",
    "orjson": "3.11.6",
    "starlette": "1.3",
}
"""The oldest versions without known flaws."""
TOLD = ("*.md", "*.yaml", "*.yml", "*.jinja", "*.py", ".ci/*", "*.toml")
CARELESS = re.compile(
    r'\bpython3?"? (?:-[A-HJ-OQ-Za-z]+ (?:dev )?)*-m '
    r'|\[\s*sys\.executable,\s+"(?!-[IP]")'
)
"""A command that makes Python import from the current directory."""
BARE = re.compile(
    r"(?:pip install|requires = |dependencies: )[^\n]*"
    r"(?<![\w/.~-])naftiko-gen(?:\[\w+\])?(?=[\s'\"\],]|$)(?! @)"
)
"""An installation by the bare name, which no package index has."""


def requirements() -> Iterator[str]:
    """Yield the dependencies of the program and of generated packages."""
    yield from PROJECT["project"]["dependencies"]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        yield from extra
    for group in PROJECT["dependency-groups"].values():
        yield from (
            requirement for requirement in group if isinstance(requirement, str)
        )
    yield from project.DEPENDENCIES
    yield from project.SDK_DEPENDENCIES
    yield from (library.requirement for library in credentials.LIBRARIES)


def texts() -> Iterator[tuple[str, str]]:
    """Yield each source file that mentions or runs commands, except tests."""
    listing = ["git", "ls-files", "-co", "--exclude-standard", "--", *TOLD]
    process = subprocess.run(
        listing, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if process.returncode:
        pytest.skip("these sources aren't a git checkout")
    for name in process.stdout.splitlines():
        if not name.startswith("tests/") and (ROOT / name).exists():
            yield name, (ROOT / name).read_text("utf-8")


def violations(pattern: re.Pattern[str]) -> list[str]:
    matches = ((name, pattern.finditer(text)) for name, text in texts())
    return [f"{name}: {match[0]}" for name, its in matches for match in its]


@pytest.mark.parametrize("name", SAFE)
def test_no_version_with_a_known_flaw_is_allowed(name: str) -> None:
    pins = [Requirement(text) for text in requirements()]
    specifiers = [
        requirement.specifier for requirement in pins if requirement.name == name
    ]

    assert specifiers
    for specifier in specifiers:
        [floor] = (clause.version for clause in specifier if clause.operator == ">=")
        assert Version(floor) >= Version(SAFE[name]), f"{name}{specifier}"


def test_run_has_the_libraries_of_every_package() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    needed_extras = project.EXTRAS.keys() - {"sdk"}
    libraries = {name for extra in needed_extras for name in project.EXTRAS[extra]}
    assert extras["run"] == sorted(
        {*extras["protobuf"], *extras["watch"], *project.DEPENDENCIES, *libraries}
    )


def test_no_command_imports_from_the_folder_in_which_it_is_typed() -> None:
    assert violations(CARELESS) == []


def test_nobody_is_told_to_install_a_name_that_is_on_no_index() -> None:
    assert violations(BARE) == []


def test_the_security_policy_leads_to_the_threat_model() -> None:
    policy = (ROOT / "SECURITY.md").read_text("utf-8")

    links = re.findall(r"\]\((?!https?:)([^)#]+)", policy)
    assert "docs/security.md" in links
    assert all((ROOT / link).exists() for link in links)
