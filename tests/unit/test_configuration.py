"""The configuration: its place, its settings, and arguments, which override it."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from naftiko_gen.cli import main
from naftiko_gen.configuration.places import DEPTH, Places, Steps
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.span import Plain
from waiting import ending

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "specs" / "training-runs.yaml").read_text("utf-8")
WARNED = SPEC.replace("PRIME_API_KEY: PRIME_API_KEY", "OTHER_KEY: OTHER_KEY", 1)
"""The spec with a warning, implicit-variable, besides its notes."""


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a spec, where its configuration would be."""
    monkeypatch.chdir(tmp_path)
    Path(".git").mkdir()
    Path("specs").mkdir()
    Path("specs/a.yaml").write_text(SPEC, "utf-8")
    return tmp_path


def configure(text: str, file: str = "naftiko-gen.toml") -> None:
    Path(file).write_text(text, "utf-8")


def packages(directory: str = "generated") -> list[str]:
    root = Path(directory)
    return sorted(path.name for path in root.iterdir()) if root.is_dir() else []


def find_severities(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> dict[str, str]:
    """Return the severity of each code that a run reports."""
    main.main([*arguments, "--format", "json"])
    report = json.loads(capsys.readouterr().out)["diagnostics"]
    return {diagnostic["code"]: diagnostic["severity"] for diagnostic in report}


# --- codes -----------------------------------------------------------------------


def test_severities_can_be_changed_and_silenced(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("specs/a.yaml").write_text(WARNED, "utf-8")
    before = find_severities(capsys, "specs/a.yaml", "--diff")
    assert before["implicit-variable"] == "warning"
    configure(
        'specs = ["specs/*.yaml"]\n[codes]\nimplicit-variable = "silent"\n'
        'bearer-value = "warning"\nsingle-brace-path = "error"\n'
    )

    after = find_severities(capsys, "--diff")

    assert "implicit-variable" not in after
    assert after["bearer-value"] == "warning"
    assert after["single-brace-path"] == "error"
    codes = before.keys() - {"implicit-variable", "bearer-value", "single-brace-path"}
    assert {code: after[code] for code in codes} == {
        code: before[code] for code in codes
    }


# --- mistakes --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'output = "\xff"\n', "[unusable-configuration] it isn't UTF-8"),
        (b"#" * (4 * 1024 * 1024 + 1), "[unusable-configuration] it is larger than 4 "),
        (b"a = " + b"[" * 9999, "[toml-syntax] "),
        (b"jobs = " + b"9" * 5000, "too many digits"),
    ],
    ids=["bytes", "large", "deep", "digits"],
)
def test_bytes_that_are_no_text_are_refused(
    content: bytes, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("naftiko-gen.toml").write_bytes(content)

    assert main.main([]) == Exit.USAGE
    assert message in capsys.readouterr().err


# --- specs -----------------------------------------------------------------------


def test_absolute_globs_are_matched_as_they_stand(repository: Path) -> None:
    configure(f'specs = ["{repository}/specs/*.yaml"]\n')

    assert main.main(["-q"]) == Exit.DONE


def test_a_directory_that_is_gone_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = Path("specs/a.yaml").resolve()
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    Path.cwd().rmdir()

    assert main.main([str(spec), "-q", "-o", str(spec.parent / "out")]) == Exit.DONE


@pytest.mark.parametrize(
    ("command", "code"),
    [(["-o", "out"], Exit.DONE), (["fix", "--diff"], Exit.FAILED)],
    ids=str,
)
def test_directories_above_may_be_out_of_sight(
    command: list[str], code: Exit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below a name that is too long nothing is seen, as below a locked directory."""
    monkeypatch.setattr(Path, "cwd", lambda *_: Path("/", 300 * "x", "here"))

    assert main.main([*command, "specs/a.yaml"]) == code


# --- places ----------------------------------------------------------------------

HARD = Path(__file__).with_name("configuration_hard.toml").read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        HARD,
        HARD.replace("\n", "\r\n"),
        HARD.rstrip("\n"),
        (ROOT / "pyproject.toml").read_text("utf-8"),
        "",
        "# nothing",
    ],
    ids=["hard", "crlf", "unended", "own", "empty", "comment"],
)
def test_every_value_is_found_where_it_was_typed(text: str) -> None:
    places = Places(text)
    lines = text.split("\n")
    expected = dict(values(tomllib.loads(text)))

    for steps, value in expected.items():
        place = places.closest(steps)
        line = lines[place.value.line - 1]
        literal = line[place.value.column - 1 :][: place.value.length]
        if not isinstance(value, list | dict) and not literal.startswith(
            ('"""', "'''")
        ):
            assert tomllib.loads(f"it = {literal}") == {"it": value}, steps
        if isinstance(steps[-1], str) and not isinstance(value, dict):
            line = lines[place.key.line - 1]
            key = line[place.key.column - 1 :][: place.key.length]
            header = key.startswith("[")
            assert header or next(iter(tomllib.loads(f"{key}=0"))) == steps[-1], steps
    assert bool(expected) == ("=" in text)


def values(content: Plain, steps: Steps = ()) -> Iterator[tuple[Steps, Plain]]:
    """Yield all that a document says and where, as deep as places are told."""
    if steps:
        yield steps, content
    if len(steps) >= DEPTH:
        return
    if isinstance(content, dict):
        for key, value in content.items():
            yield from values(value, (*steps, key))
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield from values(item, (*steps, index))


def test_deep_values_are_passed_over() -> None:
    text = "a = " + "[" * 60 + "'] \"'" + "]" * 60 + "\nb = 1\n"

    places = Places(text)

    assert tomllib.loads(text)["b"] == 1
    assert places.closest(("b",)).value.line == 2


@pytest.mark.parametrize("part", ["a.", "a . ", '"a\\"b".', "'a.'."])
def test_a_key_of_too_many_parts_is_a_mistake(
    part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(f"{part * 300_000}a = 1\n")

    with ending():
        assert main.main([]) == Exit.USAGE

    assert "a key has more than 100 parts" in capsys.readouterr().err


@pytest.mark.parametrize("entry", ['"specs/*.yaml",', "1,"])
@pytest.mark.slow
def test_specs_have_a_thousand_entries_at_most(
    entry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    few = '"specs/*.yaml",' * 1_000
    configure(f"specs = [{few}]")
    assert main.main([]) == Exit.DONE
    capsys.readouterr()

    configure(f"specs = [{entry * 100_000}]")
    with ending():
        assert main.main([]) == Exit.USAGE

    text = capsys.readouterr().err
    assert text.count("error[wrong-setting]") == 1
    assert "more than 1,000 entries" in text or "each of 'specs' must be text" in text


@pytest.mark.parametrize("table", ["", "[codes]\n"])
@pytest.mark.slow
def test_few_of_very_many_unknown_keys_are_told(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = "".join(f'spec{number} = "note"\n' for number in range(50_000))
    configure(table + keys)

    with ending():
        assert main.main([]) == Exit.USAGE

    assert capsys.readouterr().err.count("error[unknown-") == 20


def test_texts_other_than_keys_may_be_long(capsys: pytest.CaptureFixture[str]) -> None:
    configure(f"# {'a' * 1_000_000}\n{'a.' * 50}a = 1\n")
    assert main.main([]) == Exit.USAGE
    assert "error[unknown-setting] " in capsys.readouterr().err
