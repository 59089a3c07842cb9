"""The cache: its place, trust in its entries, its size, and its limits."""

import json
import os
import stat
import subprocess
import sys
import zlib
from hashlib import sha256
from pathlib import Path

import pytest

from imported_books import BOOKS, importing
from naftiko_gen.cache import fingerprint, store
from naftiko_gen.cache.store import KEPT, SIZE_LIMIT, Entry
from naftiko_gen.cli import main
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Span

SPEC = (Path(__file__).parents[2] / "specs" / "training-runs.yaml").read_text("utf-8")
KEY = "ab" * 32
KNOWN = Entry(
    "cd" * 32,
    (
        Diagnostic(Code.BEARER_VALUE, "a\nmessage", "a.yaml", Span(3, 5, 7), "a hint"),
        Diagnostic(Code.UNKNOWN_KEY, "é", "b.yaml", imported_at=("a.yaml:1:2",)),
    ),
    ("b.yaml",),
)

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, with a cache that is empty as well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def entries(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()]


# --- where it is -----------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="each system has its own place")
@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HOME": "/home/ada"}, "/home/ada/.cache/naftiko-gen"),
        ({"HOME": "/home/ada", "XDG_CACHE_HOME": "/xdg"}, "/xdg/naftiko-gen"),
        ({"HOME": "/home/ada", "XDG_CACHE_HOME": "x"}, "/home/ada/.cache/naftiko-gen"),
        ({"HOME": "/home/ada", store.VARIABLE: "/here"}, "/here"),
        ({"HOME": "/home/ada", store.VARIABLE: ""}, "/home/ada/.cache/naftiko-gen"),
        ({"HOME": "ada"}, None),
    ],
)
def test_the_cache_is_below_the_directory_of_caches(
    variables: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", store.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert store.cache_directory() == (Path(expected) if expected else None)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("darwin", {"HOME": "/Users/ada"}, "/Users/ada/Library/Caches/naftiko-gen"),
        ("win32", {"LOCALAPPDATA": "/C/Local"}, "/C/Local/naftiko-gen"),
        ("win32", {}, None),
    ],
)
def test_other_systems_have_other_places(
    platform: str,
    variables: dict[str, str],
    expected: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("LOCALAPPDATA", store.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert store.cache_directory() == (Path(expected) if expected else None)


# --- entries ---------------------------------------------------------------------


def test_an_entry_is_got_as_it_was_put(place: Path) -> None:
    assert store.get(KEY) is None
    store.put(KEY, KNOWN)
    assert store.get(KEY) == KNOWN
    assert store.get("ab" + "cd" * 31) is None


def test_the_messages_about_a_large_spec_are_kept() -> None:
    diagnostics = tuple(
        Diagnostic(Code.UNDECLARED_PATH_VARIABLE, f"'id{n}' isn't declared", "a.yaml")
        for n in range(3000)
    )
    store.put(KEY, Entry("cd" * 32, diagnostics))
    assert store.get(KEY) == Entry("cd" * 32, diagnostics)


@posix_only
def test_only_the_user_has_rights_to_the_cache(place: Path) -> None:
    store.put(KEY, KNOWN)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (place, *place.rglob("*"))}
    assert modes == {0o700, 0o600}


def pack(text: bytes) -> bytes:
    content = zlib.compress(text)
    return sha256(content).digest() + content


def seal(document: object) -> bytes:
    return pack(json.dumps(document).encode())


OWN_KEY, MANIFEST, [FOUND, _], _ = json.loads(
    zlib.decompress(store.encode(KEY, KNOWN)[32:])
)


def with_found(place: int, value: object) -> bytes:
    """Return an entry whose only diagnostic has another value at a place."""
    diagnostic = [*FOUND[:place], value, *FOUND[place + 1 :]]
    return seal([OWN_KEY, MANIFEST, [diagnostic], []])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        store.encode(KEY, KNOWN)[:-1],
        store.encode(KEY, KNOWN)[:-1] + b"x",
        sha256(b"").digest(),
        pack(b" " * 9_000_000 + json.dumps([OWN_KEY, MANIFEST, [], []]).encode()),
        store.encode("cd" * 32, KNOWN),
        seal(None),
        seal([]),
        seal([OWN_KEY]),
        with_found(0, "no-such-code"),
        with_found(4, [1]),
        with_found(4, ["a", 1, 1]),
        with_found(5, 1),
        pack(b"[" * 60_000),
        b"\xff" * (SIZE_LIMIT + 1),
    ],
)
def test_a_damaged_entry_is_not_there(place: Path, content: bytes) -> None:
    store.put(KEY, KNOWN)
    [file] = entries(place)
    file.write_bytes(content)
    assert store.get(KEY) is None
    store.put(KEY, KNOWN)
    assert store.get(KEY) == KNOWN


@posix_only
@pytest.mark.parametrize("kind", ["link", "pipe", "directory"])
def test_an_entry_that_is_no_file_is_not_there(place: Path, kind: str) -> None:
    store.put(KEY, KNOWN)
    [file] = entries(place)
    match kind:
        case "link":
            file.symlink_to(file.rename(place / "elsewhere"))
        case "pipe":
            file.unlink()
            os.mkfifo(file)
        case _:
            file.unlink()
            file.mkdir()
    assert store.get(KEY) is None
    store.put(KEY, KNOWN)


@posix_only
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_files_that_others_may_write_are_not_trusted(place: Path, depth: int) -> None:
    store.put(KEY, KNOWN)
    [file] = entries(place)
    parent = [place, file.parents[1], file.parent][depth]
    parent.chmod(0o777)
    assert store.get(KEY) is None
    parent.chmod(0o755)
    assert store.get(KEY) == KNOWN


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root")
def test_files_of_others_are_not_trusted(place: Path) -> None:
    store.put(KEY, KNOWN)
    os.chown(place, 65534, 65534)
    assert store.get(KEY) is None


def test_large_entries_are_not_kept(place: Path) -> None:
    store.put(KEY, Entry(os.urandom(SIZE_LIMIT).hex()))
    assert not place.exists()


def test_a_file_in_the_place_of_the_directory_is_no_error(place: Path) -> None:
    place.write_text("mine")
    store.put(KEY, KNOWN)
    assert store.get(KEY) is None
    assert place.read_text() == "mine"


def test_entries_not_used_for_longest_go(place: Path) -> None:
    keys = [f"ab{n:062x}" for n in range(KEPT + 1)]
    for key in keys[:KEPT]:
        store.put(key, KNOWN)
    [shelf] = {file.parent for file in entries(place)}
    for age, key in enumerate(keys[:KEPT]):
        os.utime(shelf / key, (10_000 + age, 10_000 + age))
    (shelf / "notes.txt").write_text("mine")
    os.utime(shelf / "notes.txt", (1, 1))
    assert store.get(keys[0]) == KNOWN

    store.put(keys[KEPT], KNOWN)

    remaining = {file.name for file in entries(place)}
    assert remaining == {*keys, "notes.txt"} - {keys[1]}


# --- runs ------------------------------------------------------------------------


def run(*arguments: str) -> Exit:
    return Exit(main.main(["spec.yaml", "-o", "out", *arguments]))


def write(text: str = SPEC) -> None:
    Path("spec.yaml").write_text(text, "utf-8")


def output() -> dict[str, bytes]:
    files = (path for path in Path("out").rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize("form", ["text", "json", "github"])
@pytest.mark.parametrize("amount", ["-q", "-v", None])
@pytest.mark.slow
def test_messages_are_the_same_with_and_without_the_cache(
    form: str, amount: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    write(SPEC.replace("call: training-runs.createrun", "call: training-runs.creat"))
    arguments = ["--skip-unresolved", "--format", form, *([amount] if amount else [])]
    assert run("--skip-unresolved") == Exit.DONE
    assert "warning[" in capfd.readouterr().err
    assert run(*arguments) == Exit.DONE
    output = capfd.readouterr()
    assert run(*arguments, "--no-cache") == Exit.DONE
    anew = capfd.readouterr()
    assert output.out == anew.out
    assert output.err.replace("found in the cache", "compiled anew") == anew.err


def test_no_cache_neither_reads_nor_writes(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write()
    assert run("--no-cache", "-q") == Exit.DONE
    assert not place.exists()
    assert run("-q") == Exit.DONE
    assert len(entries(place)) == 1
    assert run("-v", "--no-cache") == Exit.DONE
    assert "up to date, compiled anew" in capfd.readouterr().err


def test_a_lying_manifest_is_found_out() -> None:
    write()
    assert run("-q") == Exit.DONE
    client, path = Path("out/spec/spec/client.py"), Path("out/spec/.naftiko-gen.json")
    client.write_text("forged")
    manifest = json.loads(path.read_text("utf-8"))
    manifest["files"]["spec/client.py"] = sha256(b"forged").hexdigest()
    path.write_text(json.dumps(manifest))

    assert run("--check", "-q") == Exit.FAILED
    assert run("--check", "-q", "--no-cache") == Exit.FAILED


def test_a_hostile_entry_changes_no_file(place: Path) -> None:
    """Its content is wrong but intact, and only the user can write there."""
    write()
    assert run("-q") == Exit.DONE
    before = output()
    [file] = entries(place)
    file.write_bytes(store.encode(file.name, KNOWN))

    assert run("-q") == Exit.DONE
    assert output() == before


def test_options_that_change_the_output_are_part_of_the_key(place: Path) -> None:
    write()
    assert run("-q") == Exit.DONE
    assert run("-q", "--skip-unresolved") == Exit.DONE
    assert run("-q", "--api-docs") == Exit.DONE
    assert run("-q", "--layout", "package", "-o", "src") == Exit.DONE
    assert len(entries(place)) == 4


def test_output_of_a_changed_generator_is_not_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    monkeypatch.setattr(fingerprint, "is_generator_unchanged", lambda: False)
    assert run("-q") == Exit.DONE
    assert not place.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs places of Linux")
@pytest.mark.parametrize("cache", ["/dev/null/cache", "/proc/cache", "/proc/self/fd"])
def test_an_unwritable_place_is_no_error(
    cache: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    monkeypatch.setenv(store.VARIABLE, cache)
    assert run("-q") == Exit.DONE
    assert run("-q", "--check") == Exit.DONE


# --- the work that it saves ------------------------------------------------------

LIBRARIES = {"black", "jinja2", "pydantic", "yaml"}
STAGES = {
    "naftiko_gen.syntax.reader",
    "naftiko_gen.resolve",
    "naftiko_gen.emit.package",
}
HEAVY = LIBRARIES | STAGES | {"ctypes", "importlib.metadata", "multiprocessing"}
CONFIGURATION = '[tool.naftiko-gen]\nspecs = ["spec.yaml"]\noutput = "out"\n'
WITHOUT = HEAVY | {"pydantic_core", "tomllib"}
"""A run without a configuration needs nothing that reads one either."""


def imported_modules(*arguments: str) -> set[str]:
    """Return all modules that a run has imported at its end."""
    program = "import sys, naftiko_gen.cli.main as c; c.main(sys.argv[1:]);"
    program += "print(*sys.modules)"
    command = [sys.executable, "-c", program, *arguments]
    return set(subprocess.check_output(command, text=True).split())


@pytest.mark.parametrize(
    ("configuration", "arguments", "heavy"),
    [
        (CONFIGURATION, [], HEAVY),
        (CONFIGURATION, ["spec.yaml", "-o", "out", "--no-config"], WITHOUT),
        ("[tool.black]\n", ["spec.yaml", "-o", "out"], WITHOUT),
    ],
)
@pytest.mark.slow
def test_a_package_up_to_date_needs_no_heavy_import(
    configuration: str, arguments: list[str], heavy: set[str]
) -> None:
    write()
    Path("pyproject.toml").write_text(configuration)
    assert main.main([*arguments, "-q"]) == Exit.DONE

    assert not heavy & imported_modules(*arguments, "-q", "--check")


@pytest.mark.slow
def test_a_package_to_compile_needs_the_stages() -> None:
    write()
    Path("pyproject.toml").write_text(CONFIGURATION)
    assert imported_modules("-q") >= LIBRARIES | STAGES


def test_findings_about_an_import_are_known_with_its_lines(
    capfd: pytest.CaptureFixture[str],
) -> None:
    Path("below").mkdir()
    spec = BOOKS.replace("/books", "/books/{id}")
    Path("below/books.yaml").write_text(spec, "utf-8")
    write(importing("below/books.yaml"))
    assert run("-v") == Exit.DONE
    lines = capfd.readouterr().err.splitlines()

    assert run("-v") == Exit.DONE

    again = capfd.readouterr().err.splitlines()
    # Only a run that writes says how to go on.
    assert again == [
        *lines[:-3],
        "spec.yaml: out/spec is up to date, found in the cache",
    ]
    assert any(line.startswith("below/books.yaml:8:") for line in again)
    assert any(line.startswith("    8 |     path:") for line in again)
    assert any(line == "  imported at spec.yaml:4:15" for line in again)
