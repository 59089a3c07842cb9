"""The imports of emitted modules: those of the names that they use."""

import pytest

from naftiko_gen.emit.code.imports import Origins

PLACES = {
    **{name: ("here", name) for name in ("a", "b", "T", "C1", "Tool9", "Tool10")},
    "INVALID_PARAMS": ("here", "INVALID_PARAMS"),
    "httptools": ("httptools", ""),
    "Callable": ("collections.abc", "Callable"),
    "connect": ("training_runs.client", "connect"),
    "json": ("json", ""),
    "Settings": (".settings", "Settings"),
    "x": ("..shared", "x"),
}


def imports(module: str) -> list[str]:
    return str(Origins(PLACES, "training_runs").imports(module)).splitlines()


@pytest.mark.parametrize(
    "module",
    [
        "def f(b: str, *, c=a):\n    x = b\n    return lambda T: [x, T]\n",
        "class b:\n    x: a\n",
        "class x:\n    a: a\n",
        "async def x() -> a:\n    return [f'{a.x}' for b in a]\n",
        "@a.x\ndef b(): ...\n",
        "b = a\nb = print(b, __file__, __name__)\n",
        'b = 1\n__all__ = [\n    "a",\n    "b",\n]\n',
    ],
)
def test_names_are_imported_that_a_module_uses_and_does_not_define(module: str) -> None:
    assert imports(module) == ["from here import a"]


def test_a_name_that_nothing_defines_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing defines eval_, os"):
        imports("os.system(eval_, a)\n")


def test_a_function_may_be_called_top() -> None:
    """Python's symbol tables call that of a module so."""
    assert imports("def top(self):\n    a = self\n    return a, b\n") == [
        "from here import b"
    ]


@pytest.mark.parametrize(
    ("module", "name"),
    [("os\nevil", "x"), ("os;x", "x"), ("", "x"), ("os", "x as y"), ("os", "é")],
)
def test_only_identifiers_are_imported(module: str, name: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Origins({"x": (module, name)}).imports("x\n")
