"""Directories and marks decide the tiers of tests."""

import pytest

from tiers import TESTS, is_unit


@pytest.mark.parametrize(
    ("module", "is_slow", "expected"),
    [
        ("unit/test_cli.py", False, True),
        ("unit/test_cli.py", True, False),
        ("behaviour/test_overload.py", False, False),
        ("packaging/test_readme.py", False, False),
    ],
)
def test_a_unit_test_is_in_a_directory_of_them_and_not_slow(
    module: str, is_slow: bool, expected: bool
) -> None:
    assert is_unit(TESTS / module, is_slow=is_slow) is expected
