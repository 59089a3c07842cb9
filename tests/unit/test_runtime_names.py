"""The names that emitted modules import from the runtime."""

from naftiko_gen.emit.runtime import names


def test_a_name_is_of_one_module() -> None:
    all_names = [name for name, _ in names._PAIRS]

    assert sorted(all_names) == sorted(names.MODULES)


def test_the_functions_of_modules_are_in_lower_case() -> None:
    functions = names.functions_of("inputs", "upstream.forwarding")

    assert functions == {"array", "forward", "object_of"}
