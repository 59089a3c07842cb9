"""The table of versions in the documentation, compared with the official schemas."""

from pathlib import Path

import pytest
from official_schemas import NAMES, SCHEMAS

PAGE = Path(__file__).parents[2] / "docs" / "language" / "index.md"
HEADING = "## Support by version"

pytestmark = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason="the official schemas aren't beside the checkout"
)


def rows() -> list[list[str]]:
    """Return the cells of the table, without its head."""
    _, _, section = PAGE.read_text("utf-8").partition(HEADING)
    lines = section.partition("\n## ")[0].splitlines()
    table = [line for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table[2:]]


def test_a_mark_shows_that_a_schema_knows_the_key() -> None:
    schemas = [(SCHEMAS / f"{name}.schema.json").read_text("utf-8") for name in NAMES]
    assert len(rows()) > 20
    for part, key, *marks, _ in rows():
        expected = [f'"{key.strip("`")}"' in schema for schema in schemas]
        assert [mark == "x" for mark in marks] == expected, part
