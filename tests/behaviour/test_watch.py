"""`naftiko-gen --watch`: real processes, real changes."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from long_run import LongRun, long_run

from imported_books import BOOKS, importing
from naftiko_gen.cli import main
from naftiko_gen.tools.run import changes
from naftiko_gen.tools.scaffold.installation import requirement

PUBLISHED = Path(__file__).parents[2] / "specs" / "training-runs.yaml"
SPEC = PUBLISHED.read_text("utf-8").replace(
    "    port: ", "    address: localhost\n    port: "
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("specs/a.yaml", SPEC)
    write("specs/things.yaml", importing("below/books.yaml"))
    write("specs/below/books.yaml", BOOKS)


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, "utf-8")


@pytest.fixture
def watch() -> Iterator[LongRun]:
    with long_run("specs/*.yaml", "--watch") as run:
        lines = run.until("watching 2 specs")
        assert any(line.endswith(" files to generated/a") for line in lines)
        yield run


def outcomes(lines: list[str]) -> list[str]:
    """Leave out the number of assumptions, and the size of lists of tools."""
    about = re.compile(r" assumptions? \(|: tools/list")
    return [line for line in lines if not about.search(line)]


def test_only_changed_specs_are_compiled(watch: LongRun) -> None:
    write("specs/a.yaml", SPEC.replace("8080", "8081"))
    lines = outcomes(watch.until("generated/a"))
    assert [re.sub("[0-9]+", "N", line) for line in lines] == [
        "specs/a.yaml: wrote N files to generated/a"
    ]

    write("specs/below/books.yaml", BOOKS.replace("books.example", "other.example"))
    lines = outcomes(watch.until("generated/things"))
    assert all(line.startswith("specs/things.yaml: wrote") for line in lines)
    assert "other.example" in Path("generated/things/.naftiko-gen.json").read_text()

    assert watch.end() == (0, [])


def test_specs_come_break_and_go(watch: LongRun) -> None:
    write("specs/b.yaml", SPEC[:2000])
    lines = outcomes(watch.until("nothing written"))
    assert lines[0].startswith("specs/b.yaml:")
    write("specs/b.yaml", SPEC)
    lines = outcomes(watch.until("generated/b"))
    assert re.fullmatch("specs/b.yaml: wrote [0-9]+ files to generated/b", lines[-1])

    Path("specs/b.yaml").unlink()
    assert watch.until("b.yaml") == ["specs/b.yaml: gone; its package stays"]
    Path("specs/below/books.yaml").rename("books.yaml")
    lines = outcomes(watch.until("nothing written"))
    assert "error[import-not-found]" in lines[0]
    Path("books.yaml").rename("specs/below/books.yaml")
    lines = outcomes(watch.until("generated/things"))
    assert [line.partition(";")[0] for line in lines] == [
        "specs/things.yaml: generated/things is up to date"
    ]

    Path("specs").rename("elsewhere")
    watch.until("specs/a.yaml: gone")
    Path("elsewhere").rename("specs")
    watch.until("generated/a is up to date")
    assert watch.end()[0] == 0


def test_a_watch_ends_by_a_signal(watch: LongRun) -> None:
    code, output = watch.end(signal.SIGTERM)
    assert (code, output) == (-signal.SIGTERM, [])
    assert not list(Path("generated").glob(".*"))


def test_the_configuration_may_change() -> None:
    write("naftiko-gen.toml", 'specs = ["specs/*.yaml"]\n')
    with long_run("--watch") as watch:
        watch.until("watching 2 specs")
        write("naftiko-gen.toml", 'specs = ["specs/*.yaml"\n')
        watch.until("the configuration stays as it was")
        write("naftiko-gen.toml", 'specs = ["specs/*.yaml"]\noutput = "elsewhere"\n')
        watch.until("elsewhere/a")
        watch.until("elsewhere/things")
        assert watch.end()[0] == 0


def test_the_library_is_optional(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(changes, "is_possible", lambda: False)
    for arguments in (["--watch", "specs/a.yaml"], ["run", "specs/a.yaml"]):
        with pytest.raises(SystemExit, match="2"):
            main.main(arguments)
    output = capsys.readouterr().err
    for extra in ("watch", "run"):
        command = f"pip install '{requirement(extra)}'"
        assert f"needs the library watchfiles: {command}" in output
