"""Packages with many operations: the costs of compiling them."""

import json
import os
import re
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from emitted_tests import outcome
from large_documents import large_document
from naftiko_gen import frontend
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Delivery, Layout, Options
from naftiko_gen.emit import beside, package_files
from naftiko_gen.emit.package_files import Package
from naftiko_gen.pipeline import compile_spec
from steps import growing_functions

pytestmark = pytest.mark.slow

KNOWN = "/symtable.py"
"""It compares each name of a module with all functions: 0.2 s for 2,000 operations."""
KNOWN_PATHS = 1_000
"""Paths whose names are in caches, because other tests have compiled them."""
UNITS = 11
"""Paths of the smallest document whose cost is measured, with four operations each."""


def import_spec(document: dict[str, Any], directory: Path) -> Path:
    """Return the spec that is imported from a document."""
    file, spec = directory / "api.json", directory / "api.yaml"
    file.write_text(json.dumps(document))
    assert main(["import", str(file), "-q", "--force", "-o", str(spec)]) == 0
    return spec


COUNTING = """\
from functools import wraps

from api import mcp_server, rest


def counted(build):
    @wraps(build)
    def counting(*arguments):
        with open("built.txt", "a") as file:
            print(build.__name__, file=file)
        return build(*arguments)

    return counting


mcp_server.create_server = counted(mcp_server.create_server)
rest.create_app = counted(rest.create_app)
"""
"""A `conftest.py` that counts the servers which the tests of a package build."""


def test_the_tests_of_an_adapter_share_a_server(tmp_path: Path) -> None:
    spec = import_spec(large_document(12), tmp_path)
    assert main([str(spec), "-q", "-o", str(tmp_path)]) == 0
    project = tmp_path / "api"
    (project / "conftest.py").write_text(COUNTING)
    tests = outcome(project)
    assert tests.status == 0, tests.output
    servers = (project / "built.txt").read_text().split()
    assert sorted(servers) == ["create_app", "create_server"]


@pytest.mark.parametrize("runtime", Delivery)
def test_another_process_writes_the_same(
    runtime: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = frontend.read(import_spec(large_document(8), tmp_path), Options(tmp_path))
    assert reading.meaning
    capability = reading.meaning.capability
    alone = Package(capability, Layout.PROJECT, runtime=runtime).tree()
    children: list[int] = []
    fork = os.fork

    def count_fork() -> int:
        children.append(1)
        return fork()

    monkeypatch.setattr(package_files, "MANY_OPERATIONS", 4)
    monkeypatch.setattr(beside, "_can_fork", lambda: True)
    monkeypatch.setattr(os, "fork", count_fork)
    lines: list[str] = []
    package_of_two = Package(
        capability, Layout.PROJECT, runtime=runtime, tell=lines.append
    )
    together = package_of_two.tree()
    assert together == alone
    assert children == [1]
    assert lines[:3] == ["__init__.py", "__main__.py", "client.py"]


def test_work_that_fails_in_another_process_fails_where_it_is_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise ValueError("no such work")

    monkeypatch.setattr(beside, "_can_fork", lambda: True)
    work = beside.Beside(fail, is_worthwhile=True)
    with pytest.raises(ValueError, match="no such work"):
        work.result()


def test_work_is_done_here_if_there_is_no_other_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(beside, "_can_fork", lambda: True)
    monkeypatch.setattr(os, "fork", refuse)
    assert beside.Beside(lambda: "done", is_worthwhile=True).result() == "done"


def test_a_large_skill_is_an_index_of_references(tmp_path: Path) -> None:
    reading = frontend.read(
        import_spec(large_document(200), tmp_path), Options(tmp_path)
    )
    assert reading.meaning
    tree = Package(reading.meaning.capability, Layout.PROJECT).tree()
    skill = {
        file.path.partition("/")[2].partition("/")[2]: file.content.decode()
        for file in tree
        if file.path.startswith("skills/")
    }
    index = skill.pop("SKILL.md")
    assert len(index.splitlines()) < 500
    assert set(re.findall(r"\]\((references/[a-z0-9-]+\.md)\)", index)) == set(skill)
    assert "references/orders-orders-0.md" in skill
    headings = [line for text in skill.values() for line in text.splitlines()]
    assert sum(line.startswith("## ") for line in headings) == 200
    assert "\n## get-orders-0\n" in skill["references/orders-orders-0.md"]
    assert "\n## get-orders-0\n" not in index


def test_a_small_skill_has_no_references(tmp_path: Path) -> None:
    reading = frontend.read(
        import_spec(large_document(40), tmp_path), Options(tmp_path)
    )
    assert reading.meaning
    tree = Package(reading.meaning.capability, Layout.PROJECT).tree()
    assert [file.path for file in tree if "references" in file.path] == []


def test_operations_cost_in_proportion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each document has operations of its own, of which no cache knows anything."""
    monkeypatch.setattr(beside, "_can_fork", lambda: False)
    large = large_document(4 * (KNOWN_PATHS + 8 * UNITS))
    paths = islice(large["paths"].items(), KNOWN_PATHS, None)

    def work(units: int) -> None:
        directory = Path(mkdtemp(dir=tmp_path))
        document = {**large, "paths": dict(islice(paths, units))}
        spec = import_spec(document, directory)
        options = Options(
            directory, cached=False, max_tools=1_000, max_tool_tokens=10**6
        )
        assert compile_spec(spec, options).changes

    growing = growing_functions(work, UNITS)
    assert [name for name in growing if KNOWN not in name] == []
