"""Every table of cases is read by the module beside it."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
IMPORT = re.compile(r"^from case_tables import .*\b(in_table|table)\b", re.MULTILINE)


def test_each_table_has_a_test_or_a_reader() -> None:
    sources = {path: path.read_text("utf-8") for path in ROOT.glob("*/*.py")}
    readers = {path: text for path, text in sources.items() if IMPORT.search(text)}
    assert readers
    for path, source in readers.items():
        tables = path.with_suffix(".yaml")
        for name in yaml.safe_load(tables.read_text("utf-8")):
            reads = f"def test_{name}(", f'table(__file__, "{name}")'
            assert any(text in source for text in reads), f"{tables}: {name}"
