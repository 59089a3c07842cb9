from __future__ import annotations

import pytest

from naftiko_gen.building.packages import lacking


@pytest.mark.parametrize(
    ("declared", "is_lacking"),
    [
        ((), True),
        (("lxml",), True),
        (("pyjwt>=2",), True),
        (("pyjwt[crypto]>=2",), False),
        (("PyJWT[tests]", "PyJWT[crypto]; python_version > '3'"), False),
    ],
)
def test_requirements_lack_a_distribution_or_its_extra(
    declared: tuple[str, ...], is_lacking: bool
) -> None:
    needed = ["PyJWT[crypto]>=2.12,<3"]
    assert lacking(needed, declared) == (needed if is_lacking else [])
