"""Files of values: their place, their formats, their limits and their faults."""

import os
from pathlib import Path

import pytest

from case_tables import in_table, table
from naftiko_runtime.bound_files import LIMIT, BoundFile
from naftiko_runtime.errors import SettingsError
from naftiko_runtime.settings import BaseSettings, base_uri, credential, text

VALUE = "s3cr3t"
DEFAULT = "shared/secrets.yaml"


class Settings(
    BaseSettings,
    prefix="SHOP",
    partial=True,
    files=[BoundFile("KEYS_FILE", DEFAULT, {"CODE": "token", "EDITION": "edition"})],
):
    """Settings of a shop."""

    token: str = credential("CODE")
    edition: str = text("EDITION", always=True, secret=True)
    shop: str = base_uri("SHOP_BASE_URI", default="https://shop.example")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shared").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(content: str | bytes, name: str = DEFAULT) -> Path:
    path = Path(name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(**env: str) -> tuple[str, str]:
    settings = Settings.from_env(env)
    return settings.token, settings.edition


def faults(**env: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        Settings.from_env(env)
    assert VALUE not in str(error.value)
    assert error.value.__cause__ is None
    return list(error.value.faults)


# --- values ------------------------------------------------------


def test_the_file_has_the_values() -> None:
    write(f"token: {VALUE}\nedition: 2026-05\nother: [1, {{a: b}}]\n")
    assert read() == (VALUE, "2026-05")


def test_the_environment_wins() -> None:
    write(f"token: {VALUE}\nedition: first\n")
    assert read(CODE="mine", EDITION="") == ("mine", "first")


def test_the_file_is_not_read_if_the_environment_has_all_values() -> None:
    os.mkfifo(DEFAULT)
    assert read(CODE="mine", EDITION="1") == ("mine", "1")


def test_a_variable_names_another_file(tmp_path: Path) -> None:
    write(f"token: {VALUE}\nedition: first\n")
    write('{"token": "other", "edition": "second"}', "other.json")
    assert read(KEYS_FILE=str(tmp_path / "other.json")) == ("other", "second")


def test_no_repr_shows_a_value() -> None:
    write(f"token: {VALUE}\nedition: {VALUE}\n")
    assert VALUE not in repr(Settings.from_env({}))


@in_table
def test_yaml_is_read_as_typed(content: str, edition: str) -> None:
    write(content)
    assert read(CODE="t")[1] == edition


@pytest.mark.parametrize(
    ("value", "edition"),
    [('"\\ud83d\\ude00"', "😀"), ("1.10", "1.10"), ("true", "true"), ("1e3", "1e3")],
)
def test_json_is_read_as_typed(value: str, edition: str) -> None:
    write(f'{{"a": [{{}}], "edition": {value}}}', "values")
    assert read(CODE="t", KEYS_FILE="values")[1] == edition


# --- faults ------------------------------------------------------

MISSING = (
    "set the environment variable EDITION, or the key 'edition' of the file "
    "'shared/secrets.yaml' (from the working directory; KEYS_FILE names another file)"
)


@pytest.mark.parametrize(
    "content",
    [None, "other: x", "edition: ~", "edition:", "edition: ''", "a: {edition: x}"],
)
def test_a_missing_value_is_described_by_file_and_key(content: str | None) -> None:
    if content is not None:
        write(content)
    assert faults(CODE="t") == [MISSING]


def test_an_invalid_value_is_described_by_file_and_key() -> None:
    write(f"token: ' {VALUE}'\nedition: x\n")
    assert faults() == [
        "CODE must be plain ASCII text without outer spaces: "
        "the key 'token' of the file 'shared/secrets.yaml' has it"
    ]


def test_credentials_of_a_missing_file_may_be_missing() -> None:
    settings = Settings.from_env({"SHOP_PARTIAL": "1", "EDITION": "x"})
    assert (settings.token, settings.unset) == ("", frozenset({"CODE"}))


def test_an_unusable_file_is_a_fault_in_partial_mode_too() -> None:
    write(f"- {VALUE}")
    assert faults(SHOP_PARTIAL="1", EDITION="x") == [fault("holds no YAML mapping")]


def fault(end: str, path: str = DEFAULT) -> str:
    return f"KEYS_FILE: the file {path!r} {end}"


UNUSABLE: dict[str, tuple[str | bytes, str]] = {
    **table(__file__, "unusable"),
    "lists": (f"token: {VALUE}\nb: {'[' * 200_000}", "is nested too deeply"),
    "keys": (f"token: {VALUE}\n{'? ' * 100_000}", "is nested too deeply"),
    "size": (f"token: {'x' * LIMIT}", "is larger than 256 KiB"),
    "encoding": (b"token: \xff\xfe", "isn't UTF-8 text"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_is_one_fault_without_its_content(name: str) -> None:
    content, end = UNUSABLE[name]
    write(content)
    assert faults() == [fault(end)]


@pytest.mark.parametrize(
    ("content", "end"),
    [
        (f'["{VALUE}"]', "holds no JSON object"),
        (f'{{"token": "{VALUE}"', "isn't valid JSON"),
        ("[" * 100_000, "isn't valid JSON"),
        (f'{{"token": "a", "token": "{VALUE}"}}', "has the key 'token' twice"),
        (f'{{"token": {{"a": "{VALUE}"}}}}', "has a list or an object as 'token'"),
    ],
)
def test_an_unusable_json_file_is_one_fault(content: str, end: str) -> None:
    write(content, "values.json")
    assert faults(KEYS_FILE="values.json") == [fault(end, "values.json")]


def test_yaml_is_not_expanded() -> None:
    aliases = "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 40))
    write(f"a0: &a0 x\n{aliases}deep: {'[' * 90}{']' * 90}\ntoken: t\nedition: e\n")
    assert read() == ("t", "e")


def test_a_pipe_is_not_read() -> None:
    os.mkfifo(DEFAULT)
    assert faults() == [fault("isn't a regular file")]


def test_a_directory_is_not_read() -> None:
    Path(DEFAULT).mkdir()
    assert faults() == [fault("can't be read: Is a directory")]


def test_the_default_stays_in_the_working_directory(
    place: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "own.yaml"
    elsewhere.write_text("token: t\nedition: e\n")
    (place / DEFAULT).symlink_to(elsewhere)

    assert faults() == [fault("leads out of the working directory by a link")]
    assert read(KEYS_FILE=DEFAULT) == ("t", "e")


def test_a_link_in_the_working_directory_is_followed() -> None:
    write("token: t\nedition: e\n", "own.txt")
    Path(DEFAULT).symlink_to("../own.txt")
    assert read() == ("t", "e")


def test_a_circular_link_is_a_fault() -> None:
    Path(DEFAULT).symlink_to("secrets.yaml")
    assert len(faults()) == 1


def test_a_path_with_nul_is_a_fault() -> None:
    assert faults(KEYS_FILE="a\0b") == [
        fault("can't be read: its path isn't valid", "a\0b")
    ]
