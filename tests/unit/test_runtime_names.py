"""The names that emitted modules import from the runtime."""

from __future__ import annotations

from naftiko_gen.emit.runtime import names


def test_a_name_is_of_one_module() -> None:
    listed = [name for name, _ in names._PAIRS]

    assert sorted(listed) == sorted(names.MODULES)
