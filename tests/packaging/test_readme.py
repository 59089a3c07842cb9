"""The README and the first pages are true: their commands run as they stand there."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from environments import SPEC, Environment, copy_environment, run, tree
from mock_server import listening, serving

from naftiko_gen.diagnostics.exits import Exit
from wheelhouse import VERSION

ROOT = Path(__file__).parents[2]
# Zero turns the isolation off.
UNISOLATED = {"PIP_NO_BUILD_ISOLATION": "0"}
"""Has pip build with the installed libraries, which is quicker."""
README = (ROOT / "README.md").read_text("utf-8")
START = (ROOT / "docs" / "start.md").read_text("utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
TRY, TEST = re.findall(r"^\$ (bash \.ci/.*)$", README, re.MULTILINE)


def blocks(language: str, page: str = README) -> list[str]:
    # Blocks of all languages: the end of one would else begin another one.
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [text for its, text in fences if its == language]


# --- its two commands ------------------------------------------------------------


@pytest.fixture
def clone(sources: Path, tmp_path: Path) -> Path:
    """A fresh clone."""
    run("git", "clone", "-q", sources, tmp_path / "clone")
    return tmp_path / "clone"


def type_line(command: str, clone: Path, **env: str) -> str:
    """Run a line as a newcomer does: in the clone, with nothing at home.

    Nothing is compiled ahead, to save time.
    """
    home = clone.with_name("home")
    home.mkdir()
    variables = {"HOME": str(home), "PIP_COMPILE": "0", **env}
    return run("bash", "-c", command, cwd=clone, env=variables)


def test_one_command_compiles_installs_starts_calls_and_stops(
    clone: Path, installed_once: Path, wheels: dict[str, str]
) -> None:
    """It finds a virtual environment with the libraries, as a second run does.

    `.ci/test` makes one with the same function; other tests install the libraries.
    """
    copy_environment(installed_once, clone / ".cache" / "try")

    output = type_line(TRY, clone, **UNISOLATED, **wheels)

    rest = re.findall(r'^\{"mock".*\}$', README, re.MULTILINE)
    mcp = re.findall(r'"text": "(.*)"$', README, re.MULTILINE)
    for answer in (rest[0], mcp[0].replace('\\"', '"')):
        assert answer in output
    assert listening(output.splitlines())
    assert not processes_of(clone)


def processes_of(directory: Path) -> list[str]:
    """Return the commands of running processes that name a directory."""
    commands = map(command_of, Path("/proc").glob("[0-9]*"))
    return [command for command in commands if str(directory) in command]


def command_of(process: Path) -> str:
    try:
        return (process / "cmdline").read_text("utf-8", errors="replace")
    except OSError:  # it has ended
        return ""


@pytest.mark.only_full
def test_the_other_command_installs_and_runs_the_tests(
    clone: Path, wheels: dict[str, str]
) -> None:
    """It runs a few of them here: all would run this one again."""
    output = type_line(f"{TEST} tests/unit/test_naming.py", clone, **wheels)

    assert re.search(r"\b[1-9]\d* passed in [\d.]+s", output.splitlines()[-1])
    assert run("git", "status", "--porcelain", cwd=clone) == ""


def test_the_first_commands_of_the_readme_install_the_compiler(
    sources: Path,
    tmp_path: Path,
    wheels: dict[str, str],
    quick_python: Callable[[str], Path],
) -> None:
    [block] = (
        text for text in blocks("console", START) if text.startswith("$ git clone URL")
    )
    commands, expected_output = (
        re.findall(r"^\$ (.*)$", block, re.MULTILINE),
        block.splitlines()[-1],
    )
    (tmp_path / "anywhere").mkdir()

    lines = "\n".join(["set -e", *commands]).replace("URL", str(sources))
    path = f"{quick_python(VERSION)}:{os.environ['PATH']}"
    output = type_line(lines, tmp_path / "anywhere", PATH=path, **wheels).splitlines()
    assert output[-1] == expected_output


def test_the_readme_installs_the_compiler_without_a_clone(
    sources: Path, tmp_path: Path, installed_once: Path, wheels: dict[str, str]
) -> None:
    """Its dependencies are there before: the test above installs them."""
    [command] = re.findall(r"`(pip install git\+URL[^`]*)`", START)
    commit = run("git", "rev-parse", "HEAD", cwd=sources).strip()
    address = command.replace("URL", sources.as_uri()).replace("REF", commit)
    copy_environment(installed_once, tmp_path / "anywhere" / "v")

    uninstall = "pip uninstall --quiet --yes naftiko-gen"
    lines = f"set -e\n. v/bin/activate\n{uninstall}\n{address}\n"
    lines += "naftiko-gen init books 2>&1"
    output = type_line(lines, tmp_path / "anywhere", **UNISOLATED, **wheels)

    wanted = f"git+{sources.as_uri()}@{commit}#egg=naftiko-gen"
    assert f"install '{wanted}', which other machines don't have" in output


# --- its tables and excerpts -----------------------------------------------------


def test_the_page_of_commands_lists_all_options() -> None:
    help_ = run(sys.executable, "-m", "naftiko_gen.cli", "--help")
    names = re.findall(r"^\| (`-.*?) \|", COMMANDS, re.MULTILINE)

    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", help_))
    assert set(re.findall(r"--[a-z][a-z-]+", " ".join(names))) == options


def test_the_page_of_commands_lists_all_exit_codes() -> None:
    codes = re.findall(r"^\| (\d+) \|", COMMANDS, re.MULTILINE)

    assert [int(code) for code in codes] == list(Exit)


def test_the_readme_leads_to_the_documentation_and_is_short() -> None:
    assert len(README.splitlines()) <= 150
    assert set(re.findall(r"\]\((docs/[^)]*)\)", README)) <= {
        "docs/index.md",
        "docs/start.md#install",
    }


def test_the_readme_shows_the_written_files(package: Path) -> None:
    [block] = (b for b in blocks("") if b.startswith("generated/training-runs/"))
    words = re.findall(r"^ *(\S+(?:  \S+)*)", block, re.MULTILINE)
    names = [Path(word).name for words_ in words for word in words_.split()]

    paths = [path for path in map(Path, tree(package)) if "_runtime" not in path.parts]
    files = ["_runtime", *(path.name for path in paths)]
    assert sorted(set(names) - {"training-runs", "training_runs"}) == sorted(files)


def test_the_excerpt_of_the_readme_is_from_the_spec() -> None:
    rest = iter((ROOT / SPEC).read_text("utf-8").splitlines())

    for line in blocks("yaml")[0].splitlines():
        assert line == "..." or line in rest, line


def test_the_hooks_of_the_readme_exist() -> None:
    [configuration] = (
        text for text in blocks("yaml", COMMANDS) if text.startswith("repos:")
    )
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    [repository] = yaml.safe_load(configuration)["repos"]

    assert [h["id"] for h in repository["hooks"]] == [h["id"] for h in hooks]


def test_the_client_of_the_readme_lists_and_calls_tools(
    package_environments: Callable[[str], Environment], tmp_path: Path
) -> None:
    [program] = blocks("python", START)
    environment = package_environments("3.11")
    with serving(environment) as urls:
        url = urls["training-runs-mcp"]
        client = tmp_path / "client.py"
        client.write_text(program.replace("http://127.0.0.1:9090/mcp", url), "utf-8")
        process = run(environment.python, client).splitlines()

    assert process[:2] == ["prime-intellect-createrun", "prime-intellect-deleterun"]
    assert '"mock":"deleterun"' in process[2]
