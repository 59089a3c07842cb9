"""Every whole spec in the documentation compiles, and its package does as shown."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import takewhile
from pathlib import Path

import pytest
from page import Command, File, steps
from service import Package, Service, compile_spec, environment, running
from test_journeys import PAGES as FOLLOWED

from compiler import run_compiler
from delivery import compile_package
from emitted_tests import outcome
from naftiko_gen.configuration.options import Options
from waiting import PATIENCE

DOCS = Path(__file__).parents[2] / "docs"
LANGUAGE = sorted((DOCS / "language").glob("*.md"))
WHOLE = re.compile(r"^(?:naftiko|ikanos): ", re.MULTILINE)
FENCE = re.compile(r"^```yaml\n(?=naftiko: |ikanos: )", re.MULTILINE)
LOCAL = re.compile(r"http://127\.0\.0\.1:(?P<port>\d+)(?P<path>/.*)")
VARIABLE = re.compile(r"[A-Z_]+=.*")


def pages() -> Iterator[Path]:
    """Yield the pages with whole specs; others follow journeys and diagnostics."""
    for page in sorted(DOCS.rglob("*.md")):
        is_checked = page in FOLLOWED or page.parent == DOCS / "diagnostics"
        if not is_checked and FENCE.search(page.read_text("utf-8")):
            yield page


class Reader:
    """Someone who follows a page in a directory, and knows the running package."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self._stack = stack
        self._addresses: dict[int, str] = {}

    def write(self, file: File) -> None:
        path = self.directory / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content, "utf-8")

    def type(self, line: str) -> str:
        words = shlex.split(line)
        variables = dict(
            word.split("=", 1) for word in takewhile(VARIABLE.fullmatch, words)
        )
        match words[len(variables) :]:
            case ["naftiko-gen", "run", spec, "--mock", "&"]:
                self._serve(self.directory / spec, variables)
                return ""
            case ["naftiko-gen", *arguments]:
                process = run_compiler(*arguments, **variables)
                return process.stdout + process.stderr
            case ["curl", *arguments]:
                return self._call(arguments)
            case _:
                raise AssertionError(line)

    def _serve(self, spec: Path, variables: dict[str, str]) -> None:
        package = compile_spec(spec, self.directory / "served")
        service = running(package, "serve", "--mock", **variables)
        self._addresses = addresses(package, self._stack.enter_context(service))

    def _call(self, arguments: list[str]) -> str:
        *options, url = arguments
        match = LOCAL.fullmatch(url)
        assert match, url
        process = subprocess.run(
            ["curl", *options, self._addresses[int(match["port"])] + match["path"]],
            capture_output=True,
            encoding="utf-8",
            env=environment({}),
            timeout=PATIENCE,
            check=True,
        )
        return process.stdout


def addresses(package: Package, service: Service) -> dict[int, str]:
    """Return the addresses of adapters by the ports in the spec."""
    manifest = json.loads((package.project / ".naftiko-gen.json").read_text("utf-8"))
    return {port: service.url(name) for name, port in manifest["ports"].items()}


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: page.stem)
def test_examples_of_a_page_do_as_shown(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        reader = Reader(tmp_path, stack)
        for step in steps(page):
            match step:
                case File():
                    reader.write(step)
                    check_spec(page, step, tmp_path)
                case Command(line):
                    output = reader.type(line)
                    assert step.is_shown_by(output), f"$ {line}\n{output}"


def check_spec(page: Path, file: File, directory: Path) -> None:
    """Compile a whole spec, and call each route and tool of its package.

    The page shows the notes and warnings, if there are any. A spec without adapters is
    imported by another one.
    """
    if not WHOLE.match(file.content) or "exposes:" not in file.content:
        return
    result = compile_package(directory / file.name, Options(directory / "packages"))
    text = page.read_text("utf-8")
    surprises = [
        f"{diagnostic.severity}[{diagnostic.code.slug}]"
        for diagnostic in result.diagnostics
        if not diagnostic.acknowledged
        if f"{diagnostic.severity}[{diagnostic.code.slug}]" not in text
    ]
    assert surprises == []
    assert result.changes
    tests = outcome(result.changes.root)
    assert tests.status == 0, tests.output


@pytest.mark.parametrize("page", LANGUAGE, ids=lambda page: page.stem)
def test_every_page_of_the_language_has_a_whole_example(page: Path) -> None:
    assert FENCE.search(page.read_text("utf-8"))
    files = [step for step in steps(page) if isinstance(step, File)]
    assert len(files) >= len(FENCE.findall(page.read_text("utf-8")))
