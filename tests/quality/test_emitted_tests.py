"""The emitted tests of every capability's package pass, and fail for wrong mappings."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from capabilities import CAPABILITIES, GOLDEN

from emitted_tests import outcome
from golden_files import Golden

OTHERS = CAPABILITIES.keys() - GOLDEN
HERE = Path(__file__).parent
FAILED = re.compile(r"^FAILED \S+::test_(\S+)", re.MULTILINE)

MUTATIONS = {
    "aggregate": [
        ("rest", "get_book(id_=number)", 'get_book(id_="1")'),
        ("mcp_server", 'get_book(id_="1")', 'get_book(id_="2")'),
    ],
    "forward": [("rest", "/{path:path}", "/s/{path:path}")],
    "odd": [
        ("mcp_server", '"outputs", OddClient.outputs', '"outputs", OddClient.call')
    ],
    "published": [
        ("rest", "PublishedClient.find_things", "PublishedClient.get_thing"),
        ("rest", 'Member("size", INTEGER', 'Member("size", STRING'),
        ("rest", 'keyword="name"', 'keyword="thing_id"'),
    ],
    "shaped-output": [("outputs", '"count": pick', '"total": pick')],
    "steps": [
        ("functions", "reader=reader", 'reader=pick(books, 0, "id")'),
        ("functions", "client.list_authors()", "client.list_books()"),
    ],
}
"""Modules, and changes that make a mapping or a shape wrong."""
NOTICED = {
    "aggregate": ["route_get_book", "tool_get_first_book"],
    "forward": ["route_forward_depot"],
    "odd": ["tool[outputs]"],
    "published": ["route_export_thing", "route_find_things", "route_scale_thing"],
    "shaped-output": ["tool_list_books"],
    "steps": ["route_get_authors", "tool_get_book_with_authors", "tool_lend_first"],
}
"""The emitted tests that fail for them."""


@pytest.mark.parametrize(
    ("specs", "slugs"), [("golden", GOLDEN), ("other", sorted(OTHERS))]
)
def test_emitted_tests_pass(
    packages: Path, specs: str, slugs: Iterable[str], golden: Golden, tmp_path: Path
) -> None:
    """They also send the requests that are known to be right."""
    requests = b""
    for slug in slugs:
        directory = tmp_path / slug
        end = outcome(packages / slug, directory)
        assert end.status == 0, f"{end.project}: {end.output}"
        assert end.output.count(".") >= len(CAPABILITIES[slug].exposed)
        requests += f"# {slug}\n\n".encode() + directory.read_bytes() + b"\n"
    golden.check(HERE / f"requests_of_{specs}_specs.txt", requests)


@pytest.mark.parametrize("slug", MUTATIONS)
def test_emitted_tests_notice_wrong_mappings(
    packages: Path, slug: str, tmp_path: Path
) -> None:
    project = tmp_path / slug
    shutil.copytree(packages / slug, project)
    for name, right, wrong in MUTATIONS[slug]:
        module = project / slug.replace("-", "_") / f"{name}.py"
        text = module.read_text("utf-8")
        assert right in text, f"{name} lacks {right}"
        module.write_text(text.replace(right, wrong), "utf-8")
    tests = outcome(project)
    assert sorted(FAILED.findall(tests.output)) == NOTICED[slug], tests.output
