"""The configuration: its place, its settings, and arguments, which override it."""

import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from imported_books import BOOKS, importing
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


# --- where it is -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "table"),
    [("naftiko-gen.toml", ""), ("pyproject.toml", "[tool.naftiko-gen]\n")],
)
def test_a_run_without_arguments_follows_the_configuration(
    file: str, table: str
) -> None:
    configure(f'{table}specs = ["specs/*.yaml"]\noutput = "src"\n', file)

    assert main.main(["-q"]) == Exit.DONE

    assert packages("src") == ["a"]


def test_paths_of_a_configuration_start_at_its_directory(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('specs = ["specs/*.yaml"]\n')
    Path("below/further").mkdir(parents=True)
    monkeypatch.chdir("below/further")

    assert main.main([]) == Exit.DONE

    output = capsys.readouterr().err
    assert re.search(
        r"(?m)^\.\./\.\./specs/a\.yaml: wrote \d+ files to \.\./\.\./generated/a$",
        output,
    )
    assert packages("../../generated") == ["a"]


def test_the_nearest_one_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    configure("nonsense = true\n")
    Path("below").mkdir()
    shutil.copy("specs/a.yaml", "below/a.yaml")
    configure('specs = ["a.yaml"]\n', "below/naftiko-gen.toml")
    monkeypatch.chdir("below")

    assert main.main(["-q"]) == Exit.DONE

    assert packages() == ["a"]


@pytest.mark.parametrize("mark", [".git", None])
def test_no_configuration_is_looked_for_above_the_repository(
    mark: str | None, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of any, none is looked for above the current directory."""
    configure("nonsense = true\n")
    Path("inner").mkdir()
    if mark:
        (Path("inner") / mark).write_text("gitdir: elsewhere\n", "utf-8")
    else:
        Path(".git").rmdir()
    monkeypatch.chdir("inner")

    assert main.main(["../specs/a.yaml", "-q"]) == Exit.DONE


def test_a_project_about_other_tools_is_passed_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('specs = ["specs/*.yaml"]\n')
    Path("below").mkdir()
    configure("[tool.black]\nline-length = 40\n", "below/pyproject.toml")
    # It may even be broken; whoever it is for says so.
    configure("[tool.black\n", "below/further.toml")
    Path("below/further").mkdir()
    Path("below/further.toml").rename("below/further/pyproject.toml")
    monkeypatch.chdir("below/further")

    assert main.main(["-q"]) == Exit.DONE


def test_one_can_be_named_or_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    configure("nonsense = true\n")
    Path("elsewhere").mkdir()
    configure('specs = ["../specs/a.yaml"]\n', "elsewhere/mine.conf")

    assert main.main(["specs/a.yaml", "-q"]) == Exit.USAGE
    assert main.main(["specs/a.yaml", "-q", "--no-config"]) == Exit.DONE
    assert packages() == ["a"]
    assert main.main(["-q", "--config", "elsewhere/mine.conf"]) == Exit.DONE
    assert packages("elsewhere/generated") == ["a"]


@pytest.mark.parametrize("name", ["nowhere.toml", "a\0b", "specs"])
def test_a_named_one_must_be_readable(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["--config", name]) == Exit.USAGE

    assert "error[unusable-configuration] it can't be read: " in capsys.readouterr().err


def test_without_any_a_run_needs_a_spec(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main.main(["--check"])

    assert exit_.value.code == Exit.USAGE
    assert "write a configuration that does: " in capsys.readouterr().err


# --- settings --------------------------------------------------------------------


def test_each_setting_has_its_effect() -> None:
    Path("lib").mkdir()
    Path("specs/b.yaml").write_text(SPEC.replace("deleterun", "deletedrun", 1), "utf-8")
    configure(
        'specs = ["specs/b.yaml"]\noutput = "src"\nlayout = "package"\njobs = 2\n'
        'skip-unresolved = true\nimport-root = "lib"\napi-docs = true\n'
    )

    assert main.main(["-q"]) == Exit.DONE
    assert packages("src") == ["b"]
    assert not Path("src/b/pyproject.toml").exists()
    assert Path("src/b/swagger-ui/swagger-ui.css").exists()

    configure('specs = ["specs/a.yaml"]\nstrict = true\n')
    assert main.main(["-q"]) == Exit.FAILED


def test_the_command_line_wins() -> None:
    Path("specs/b.yaml").write_text(SPEC, "utf-8")
    configure(
        'specs = ["specs/*.yaml"]\noutput = "src"\nlayout = "package"\nstrict = true\n'
        "api-docs = true\n"
    )

    arguments = ["specs/b.yaml", "-o", "out", "--layout", "project", "--no-strict"]
    assert main.main([*arguments, "--no-api-docs", "-q"]) == Exit.DONE

    assert packages("out") == ["b"]
    assert Path("out/b/pyproject.toml").exists()
    assert not list(Path("out").rglob("swagger-ui*"))
    assert packages("src") == []


def test_other_commands_obey_the_configuration_as_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('specs = ["specs/*.yaml"]\n[codes]\nsingle-brace-path = "silent"\n')
    Path("below").mkdir()
    monkeypatch.chdir("below")

    assert main.main(["explain"]) == Exit.DONE
    output = capsys.readouterr().out
    assert output.startswith("../specs/a.yaml: Prime Intellect")
    assert "single-brace-path" not in output
    assert main.main(["fix", "--diff"]) == Exit.FAILED
    assert "+++ b/specs/a.yaml" in capsys.readouterr().out


def test_commands_about_one_spec_read_it_as_it_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("shared").mkdir()
    Path("shared/books.yaml").write_text(BOOKS, "utf-8")
    Path("specs/a.yaml").write_text(importing("../shared/books.yaml"), "utf-8")
    Path("openapi.yaml").write_text(OPENAPI, "utf-8")
    drift = ["drift", "specs/a.yaml", "--openapi", "openapi.yaml"]

    assert main.main(drift) == Exit.FAILED
    assert "unusable-import" in capsys.readouterr().err
    configure('import-root = "."\n')
    assert main.main(drift) == Exit.DONE
    assert main.main([*drift, "--no-config"]) == Exit.FAILED


OPENAPI = """\
openapi: 3.1.0
info: {title: Books}
servers: [{url: 'https://books.example.com'}]
paths: {/books: {get: {operationId: list-books, responses: {}}}}
"""


# --- codes -----------------------------------------------------------------------


def test_severities_can_be_changed_and_silenced(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("specs/a.yaml").write_text(WARNED, "utf-8")
    before = find_severities(capsys, "specs/a.yaml", "--diff")
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


def test_a_raised_code_fails_although_the_package_is_up_to_date() -> None:
    assert main.main(["specs/a.yaml", "-q"]) == Exit.DONE
    configure('specs = ["specs/*.yaml"]\n[codes]\nbearer-value = "error"\n')

    assert main.main(["-q"]) == Exit.FAILED


def test_strict_takes_findings_that_are_not_silenced_for_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(
        'specs = ["specs/*.yaml"]\nstrict = true\n[codes]\nbearer-value = "silent"\n'
    )

    after = find_severities(capsys)

    assert "bearer-value" not in after
    assert set(after.values()) == {"error"}


# --- mistakes --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jobs = 0", ":1:8: error[wrong-setting] 'jobs' can't be 0"),
        ("jobs = true", ":1:8: error[wrong-setting] 'jobs' must be a whole number"),
        ("strict = 1", ":1:10: error[wrong-setting] 'strict' must be true or false"),
        ('layout = "src"', ":1:10: error[wrong-setting] 'layout' can't be 'src'"),
        ('output = ""', ":1:10: error[wrong-setting] 'output' can't be ''"),
        ('output = "a\\u0000"', ":1:10: error[wrong-setting] 'output' can't be "),
        ("output = 1979-05-27 07:32:00Z", ":1:10: error[wrong-setting] 'output' must"),
        (
            'specs = [\n  "a",\n  3,\n]',
            ":3:3: error[wrong-setting] each of 'specs' must be text",
        ),
        ('specs = ["a**b"]', ":1:"),
        ('import-root = "no"', ":1:15: error[wrong-setting] 'no' isn't a directory"),
        ("import_root = 'x'", ":1:1: error[unknown-setting] 'import_root' isn't a se"),
        ("codes = 1", ":1:9: error[wrong-setting] 'codes' must be a table"),
        (
            "codes.unsafe-hint = 'bad'",
            ":1:21: error[wrong-setting] 'unsafe-hint' can't be 'bad'",
        ),
        ("codes.'a.b' = 'note'", ":1:7: error[unknown-code] 'a.b' isn't a diagnostic"),
        ("codes.Unsafe_Hint = 'note'", "^^^^^^^^^^^ did you mean 'unsafe-hint'?"),
        *(
            (
                f"[codes]\nduplicate-key = '{name}'",
                ":2:17: error[fixed-severity] 'duplicate-key' is an error",
            )
            for name in ("note", "loud")
        ),
        ("specs = []", ":1:9: error[no-specs] no specs are named"),
        ("strict = true", ":1:1: error[no-specs] no specs are named"),
        ("a = [", ":1:6: error[toml-syntax] "),
        ("strict = yes", ":1:10: error[toml-syntax] "),
        ("a = " + "[" * 9999, "error[toml-syntax] "),
    ],
)
def test_errors_are_said_with_their_place(
    text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(text)

    assert main.main([]) == Exit.USAGE

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("naftiko-gen.toml:")
    assert message in output.err
    assert packages() == []


def test_all_errors_of_a_configuration_are_said_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(
        '[tool.naftiko-gen]\nspec = ["a"]\njobs = -1\n[tool.naftiko-gen.codes]\n'
        'unsafe-hint = "loud"\nno-such-code = "note"\nyaml-tag = "silent"\n',
        "pyproject.toml",
    )

    main.main([])

    places = [
        line.partition(" error")[0]
        for line in capsys.readouterr().err.splitlines()
        if line.startswith("pyproject.toml:")
    ]
    assert places == [
        f"pyproject.toml:{at}:" for at in ("2:1", "3:8", "5:15", "6:1", "7:12")
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'output = "\xff"\n', "it isn't UTF-8"),
        (b"#" * (4 * 1024 * 1024 + 1), "it is larger than 4 MiB"),
    ],
    ids=["bytes", "large"],
)
def test_bytes_that_are_no_text_are_refused(
    content: bytes, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("naftiko-gen.toml").write_bytes(content)

    assert main.main([]) == Exit.USAGE
    assert f"error[unusable-configuration] {message}" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["json", "github"])
def test_programs_read_the_configuration_as_other_files(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("jobs = 0\n")

    assert main.main(["--format", form]) == Exit.USAGE

    output = capsys.readouterr()
    assert output.err == ""
    assert "wrong-setting" in output.out


# --- specs -----------------------------------------------------------------------


def test_globs_go_down_and_pass_over_directories() -> None:
    Path("specs/more/deep.yaml").mkdir(parents=True)
    Path("specs/more/b.yaml").write_text(SPEC, "utf-8")
    configure('specs = ["specs/**/*.yaml", "specs/a.yaml", "none/*.yaml"]\n')

    assert main.main(["-q"]) == Exit.DONE

    assert packages() == ["a", "b"]


def test_absolute_globs_are_matched_as_they_stand(repository: Path) -> None:
    configure(f'specs = ["{repository}/specs/*.yaml"]\n')

    assert main.main(["-q"]) == Exit.DONE


def test_a_directory_that_is_gone_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = Path("specs/a.yaml").resolve()
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    Path.cwd().rmdir()

    assert main.main([str(spec), "-q", "-o", str(spec.parent / "out")]) == Exit.DONE


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


def test_a_number_of_too_many_digits_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "naftiko-gen.toml"
    file.write_text(f"jobs = {'9' * 5000}\n", encoding="utf-8")

    assert main.main(["--config", str(file)]) == Exit.USAGE
    assert "too many digits" in capsys.readouterr().err
