"""Every test has its tiers, and each name in their tables is one of a test."""

import re

import pytest

from tiers import FULL, NO_UNIT, ONLY_FULL, TESTS, TESTS_OF_NO_UNIT, UNIT, tiers

FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)


@pytest.mark.parametrize("module", sorted({*FULL, *NO_UNIT}))
def test_modules_of_tiers_exist(module: str) -> None:
    assert (TESTS / module).is_file()


def test_only_modules_of_its_directories_are_kept_out_of_unit() -> None:
    assert {module.partition("/")[0] for module in NO_UNIT} <= UNIT


def test_tests_of_tiers_exist() -> None:
    texts = (path.read_text("utf-8") for path in TESTS.glob("*/test_*.py"))
    names = {name for text in texts for name in FUNCTION.findall(text)}
    cases = ONLY_FULL | TESTS_OF_NO_UNIT
    assert names >= {case.partition("[")[0] for case in cases}


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("unit/test_cli.py", {"unit"}),
        ("unit/test_fixing_any_style.py", {"full"}),
        ("behaviour/test_overload.py", {"full"}),
        ("packaging/test_readme.py", set()),
    ],
)
def test_a_module_has_the_tiers_of_its_directory(module: str, names: set[str]) -> None:
    assert tiers(TESTS / module, "test") == names
