"""Defects of the reference engine, none of which a served package has.

`ROWS` lists the known defects of the engine in their customary order, each by the
behaviour that a package has in its place, and by tests of it.
"""

import re
from pathlib import Path

import httpx2
import pytest
import yaml
from exchanges import rows
from service import compile_text, running

from recording_upstream import RecordingUpstream
from waiting import PATIENCE

ROWS: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("reference_engine_rows.yaml").read_text("utf-8")
)
"""Tests by behaviour: each by its module and its function, both without `test_`, or by
a table and the title of its case."""


@pytest.mark.parametrize("behaviour", ROWS)
async def test_a_row_has_tests(behaviour: str) -> None:
    for test in ROWS[behaviour]:
        file, _, name = test.partition("::")
        if file.endswith(".yaml"):
            titles = {row["title"] for row in rows(Path(__file__).parent / file)}
            assert f"{name} 0" in titles, test
        else:
            text = Path(__file__).with_name(f"test_{file}.py").read_text("utf-8")
            pattern = rf"^(async )?def test_{name}"
            assert re.search(pattern, text, re.MULTILINE), test


DOCUMENT = Path(__file__).with_name("reference_engine.yaml").read_text("utf-8")


async def test_arguments_are_read_once_and_from_the_inputs(
    tmp_path: Path, address: str, upstream: RecordingUpstream
) -> None:
    variables = {"UPSTREAM_TOKEN": "of-upstream", "UPSTREAM_VERSION": "1-{{TOKEN}}"}
    package = compile_text(DOCUMENT, tmp_path)
    with running(package, API_BASE_URI=f"http://{address}", **variables) as service:
        url = f"{service.url('rest')}/swapped?TOKEN=x&from=a&to=b"
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            assert (await client.get(url)).status_code == 200
    assert upstream.only.target == "/swapped?TOKEN=x&from=b&to=a"
    assert upstream.only.field("Authorization") == "Bearer of-upstream"
    assert upstream.only.field("X-Version") == "v1-{{TOKEN}}"
