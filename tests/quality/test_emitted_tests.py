"""The emitted tests of every capability's package pass, and fail for wrong mappings."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from capabilities import CAPABILITIES

from emitted_tests import outcome

if TYPE_CHECKING:
    from golden_files import Golden

PARTS = ("golden", "capability")
"""The capabilities of the specs in `tests/golden/`, and the others."""
HERE = Path(__file__).parent
FAILED = re.compile(r"^FAILED \S+::test_(\S+)", re.MULTILINE)

MUTATIONS = {
    "forty": [
        ("rest", "FortyClient.operation_3,", "FortyClient.operation_4,"),
        ("mcp_server", "FortyClient.operation_5,", "FortyClient.operation_6,"),
    ],
    "golden-aggregate": [
        ("rest", "get_book(id_=number)", 'get_book(id_="1")'),
        ("mcp_server", 'get_book(id_="1")', 'get_book(id_="2")'),
    ],
    "golden-steps": [
        ("functions", "reader=reader", 'reader=pick(books, 0, "id")'),
        ("functions", "client.list_authors()", "client.list_books()"),
    ],
    "golden-forward": [("rest", "/{path:path}", "/s/{path:path}")],
    "locations": [
        ("rest", 'Path("step-no", INTEGER', 'Path("step-no", STRING'),
        ("rest", 'path=["home", "city"]', 'path=["home", "town"]'),
        ("rest", 'Cookie("view"', 'Cookie("View"'),
    ],
    "outputs": [
        ("outputs", '"p": ', '"q": '),
        (
            "mcp_server",
            "client.people(), outputs.people_raw",
            "client.teams(), outputs.people",
        ),
    ],
}
"""Modules, and changes that make a mapping or a shape wrong."""
NOTICED = {
    "forty": ["route[operation-3]", "tool[operation-5]"],
    "golden-aggregate": ["route_get_book", "tool_get_first_book"],
    "golden-steps": [
        "route_get_authors",
        "tool_get_book_with_authors",
        "tool_lend_first",
    ],
    "golden-forward": ["route_forward_depot"],
    "locations": ["route_enrol", "route_see", "route_step"],
    "outputs": ["route_shape_", "tool_people_raw", "tool_shape_"],
}
"""The emitted tests that fail for them."""


@pytest.mark.parametrize("part", PARTS)
def test_emitted_tests_pass(
    packages: Path, part: str, golden: Golden, tmp_path: Path
) -> None:
    """They also send the requests that are known to be right."""
    requests = []
    for slug, capability in CAPABILITIES.items():
        if slug.startswith("golden") is (part == "golden"):
            file = tmp_path / slug
            end = outcome(packages / slug, file)
            assert end.status == 0, f"{end.project}: {end.output}"
            assert end.output.count(".") >= len(capability.exposed)
            requests.append(f"# {slug}\n\n{file.read_text('utf-8')}")
    golden.check(HERE / f"{part}_requests.txt", "\n".join(requests).encode())


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
