"""`mcp-config`: each client is told of the server, and its file keeps all the rest."""

import json
import os
import shlex
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from service import Package, environment

import forks
from case_tables import named_table
from naftiko_runtime.serving.mcp_setup import CLIENTS, directories
from waiting import PATIENCE

Configure = Callable[..., subprocess.CompletedProcess[str]]

URL = "http://127.0.0.1:9090/mcp"


@dataclass(frozen=True)
class Target:
    """A client: its file in the home, and in a project; its forms of entries.

    Of these, `reference` names the variable of the credential, `entry` is that of a
    running server, if the client takes one, and `sent` sends the server's token.
    """

    file: str
    reference: dict[str, Any]
    sent: dict[str, Any]
    project_file: str | None = None
    entry: dict[str, Any] | None = None


FACTS = named_table(__file__, "mcp_config")
TARGETS = {name: Target(**facts) for name, facts in FACTS["clients"].items()}
FILES = {name: client.file for name, client in TARGETS.items()}
PROJECT_FILES = {
    name: client.project_file for name, client in TARGETS.items() if client.project_file
}
REACHED = {name: client.entry for name, client in TARGETS.items() if client.entry}
KEPT = FACTS["a file with other entries"]
INSTALLED = """\
import os, sys
from RUNTIME.serving import mcp_setup as command
from training_runs.__main__ import main

os.chdir({directory!r})
sys.executable = {interpreter!r}
# One test starts the server; to try it each time takes longer than all the rest.
command._ends_badly = lambda _: False
main()
"""
"""The command of the package as if an interpreter ran it that has it installed."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def configure(
    training: Package, interpreter: Path, home: Path, tmp_path: Path
) -> Configure:
    """Return a function that runs the command `mcp-config` for a client."""
    code = INSTALLED.format(interpreter=str(interpreter), directory=str(tmp_path))
    program = forks.Code(training.with_runtime(code))

    def run(
        client: str, *arguments: str, **env: str
    ) -> subprocess.CompletedProcess[str]:
        argv = ("mcp-config", "--client", client, *arguments)
        variables = environment({"HOME": str(home), "PRIME_API_KEY": "s3cret", **env})
        command = forks.Command(program, argv, training.project, variables)
        return forks.run(replace(command, package=training.module))

    return run


def parse(path: Path) -> dict[str, Any]:
    text = path.read_text("utf-8")
    document = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    assert isinstance(document, dict)
    return document


def entry_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document's entry of the server."""
    [servers] = (member for member in document.values() if "training-runs" in member)
    entry = servers["training-runs"]
    assert isinstance(entry, dict)
    return entry


def all_files(directory: Path) -> list[str]:
    files = (path for path in directory.rglob("*") if not path.is_dir())
    return sorted(str(path.relative_to(directory)) for path in files)


@pytest.fixture
def installed_entry(interpreter: Path, home: Path, tmp_path: Path) -> dict[str, Any]:
    """Return the entry that the installed command adds to a file."""
    command = [str(interpreter), "-I", "-m", "training_runs", "mcp-config"]
    subprocess.run(
        [*command, "--client", "cursor", "--install", "--mock"],
        cwd=tmp_path,
        env=environment({"HOME": str(home)}),
        timeout=PATIENCE,
        check=True,
    )
    return entry_of(parse(home / FILES["cursor"]))


async def test_an_installed_configuration_starts_the_server(
    installed_entry: dict[str, Any], tmp_path: Path
) -> None:
    server = StdioServerParameters(
        command=installed_entry["command"],
        args=installed_entry["args"],
        env={},
        cwd=tmp_path,
    )
    async with Client(server) as tools:
        assert len((await tools.list_tools()).tools) == 2


@pytest.mark.parametrize("client", FILES)
def test_every_client_has_the_same_command(
    configure: Configure, interpreter: Path, home: Path, client: str
) -> None:
    process = configure(client, "--install", "--mock")

    assert process.returncode == 0, process.stderr
    path = home / FILES[client]
    assert process.stdout == f"wrote {path}\n"
    assert all_files(home) == [FILES[client]]
    entry = entry_of(parse(path))
    assert "env" not in entry
    command = [str(interpreter), "-I", "-m", "training_runs", "mcp", "--stdio"]
    assert [entry["command"], *entry["args"]] == [*command, "--mock"]
    assert path.read_text("utf-8") == configure(client, "--mock").stdout


@pytest.mark.parametrize("client", FILES)
def test_installing_twice_changes_nothing(
    configure: Configure, home: Path, client: str
) -> None:
    first = configure(client, "--install")
    path = home / FILES[client]
    content = path.read_bytes()

    second = configure(client, "--install")

    assert (first.returncode, second.returncode) == (0, 0)
    assert second.stdout == f"{path} has it already\n"
    assert path.read_bytes() == content
    assert all_files(home) == [FILES[client]]
    assert entry_of(parse(path)).items() >= TARGETS[client].reference.items()
    assert b"s3cret" not in content


@pytest.mark.parametrize("client", PROJECT_FILES)
@pytest.mark.parametrize("options", [(), ("--mock",), ("--http",)])
def test_a_file_of_a_project_has_no_path_of_this_machine(
    configure: Configure,
    home: Path,
    tmp_path: Path,
    client: str,
    options: tuple[str, ...],
) -> None:
    process = configure(client, "--install", "--project", *options)

    text = (tmp_path / PROJECT_FILES[client]).read_text("utf-8")
    assert all_files(home) == []
    assert not [path for path in (tmp_path, home_of(sys.prefix)) if str(path) in text]
    if "--http" not in options:
        entry = entry_of(json.loads(text))
        command = ["training-runs", "mcp", "--stdio", *options]
        assert [entry["command"], *entry["args"]] == command
        assert "the file has the command training-runs and no path" in process.stderr
        assert "isn't on it here" in process.stderr


def home_of(directory: str) -> Path:
    return Path(directory).parents[-2]


@pytest.mark.parametrize("client", REACHED)
def test_a_running_server_is_named_by_its_url(
    configure: Configure, client: str
) -> None:
    """A guarded one, or one beyond this machine, gets a reference to the credential."""
    read = tomllib.loads if client == "codex" else json.loads
    with_reference = {**REACHED[client], **TARGETS[client].sent}

    process = configure(client, "--http")
    assert entry_of(read(process.stdout)) == REACHED[client]
    assert "training-runs serve" in process.stderr

    process = configure(client, "--http", **GUARD)
    document = read(process.stdout)
    assert entry_of(document) == with_reference
    assert "TRAINING_RUNS_MCP_TOKEN" in process.stderr
    assert "t0ken" not in process.stdout + process.stderr
    questions = document.get("inputs", [])
    ids = [question["id"] for question in questions if question["password"] is True]
    assert ids == (["TRAINING_RUNS_MCP_TOKEN"] if client == "vscode" else [])

    # It has the variable where it runs: it wouldn't start without.
    there = ("--http", "--host", ".".join("1234"))
    entry = entry_of(read(configure(client, *there).stdout))
    assert TARGETS[client].sent.items() <= entry.items()
    process = configure(client, *there, TRAINING_RUNS_ALLOW_OPEN="1")
    assert "TRAINING_RUNS_MCP_TOKEN" not in process.stdout


def test_the_url_is_that_of_the_port_and_host(configure: Configure) -> None:
    everybody = ".".join("0000")
    env = {"TRAINING_RUNS_MCP_HOST": everybody}

    process = configure("cursor", "--http", "--port", "9191", **env)

    entry = entry_of(json.loads(process.stdout))
    assert entry == {"url": "http://127.0.0.1:9191/mcp", **TARGETS["cursor"].sent}
    command = "training-runs serve --port training-runs-mcp=9191"
    assert process.stderr.splitlines()[-1].endswith(f": {command}")


def test_a_line_for_the_shell_holds_a_reference(
    configure: Configure, interpreter: Path
) -> None:
    words = shlex.split(configure("claude-mcp-add").stdout)
    assert words[:4] == ["claude", "mcp", "add", "--env=PRIME_API_KEY=${PRIME_API_KEY}"]
    command = ["--", str(interpreter), "-I", "-m", "training_runs", "mcp", "--stdio"]
    assert words[4:] == ["--transport", "stdio", "training-runs", *command]
    assert configure("claude-mcp-add", "--http").stdout == (
        f"claude mcp add --transport http training-runs {URL}\n"
    )
    process = configure("claude-mcp-add", "--http", **GUARD)
    words = shlex.split(process.stdout)
    reference = "Authorization: Bearer ${TRAINING_RUNS_MCP_TOKEN}"
    assert words[-4:] == ["training-runs", URL, "--header", reference]
    first = "the client needs TRAINING_RUNS_MCP_TOKEN when it starts"
    assert process.stderr.splitlines()[0] == first


GUARD = {"TRAINING_RUNS_MCP_TOKEN": "t0ken"}


@pytest.mark.parametrize("client", FILES)
def test_uninstalling_leaves_everything_else(
    configure: Configure, home: Path, client: str
) -> None:
    path = home / FILES[client]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(OTHERS.get(path.suffix, OTHERS[".json"]), "utf-8")
    before = parse(path)
    configure(client, "--install")
    with_both = path.read_bytes()

    process = configure(client, "--uninstall")

    copy = path.with_name(f"{path.name}.bak1")
    assert process.stdout == (
        f"removed training-runs from {path}; the file before is {copy}\n"
    )
    assert copy.read_bytes() == with_both
    after = parse(path)
    assert {key: value for key, value in after.items() if value} == before
    assert "# mine" in path.read_text("utf-8") or path.suffix == ".json"
    assert configure(client, "--uninstall").stdout == f"{path} doesn't have it\n"


OTHERS = {
    ".json": '{"theme": "größe"}',
    ".toml": 'model = "a"  # mine\n\n[mcp_servers.other]\ncommand = "b"\n',
}


def test_vs_code_keeps_the_questions_of_other_servers(
    configure: Configure, home: Path
) -> None:
    path = home / FILES["vscode"]
    configure("vscode", "--install")
    configure("vscode", "--install", "--http", **GUARD)
    document = parse(path)
    document["servers"]["other"] = {"env": {"A": "${input:PRIME_API_KEY}"}}
    path.write_text(json.dumps(document), "utf-8")

    configure("vscode", "--uninstall")

    ids = [question["id"] for question in parse(path)["inputs"]]
    assert ids == ["PRIME_API_KEY"]


@pytest.mark.parametrize(
    ("option", "client", "fault", "text"),
    [
        *FACTS["files that stay"],
        ("install", "cursor", "is not JSON", "[" * 100_000),
        ("install", "cursor", "is not UTF-8", '{"a": "\udcff"}'),
    ],
)
def test_a_file_that_cannot_be_kept_stays_as_it_is(
    configure: Configure, home: Path, option: str, client: str, text: str, fault: str
) -> None:
    path = home / FILES[client]
    path.parent.mkdir(parents=True)
    path.write_bytes(os.fsencode(text))

    process = configure(client, f"--{option}")

    assert process.returncode == 1
    [line] = process.stderr.splitlines()
    assert fault in line
    if option == "install":
        assert line.endswith("add what is printed above yourself")
        assert process.stdout == configure(client).stdout
    else:
        assert line.endswith(": remove training-runs yourself")
    assert path.read_bytes() == os.fsencode(text)
    assert all_files(home) == [FILES[client]]


def test_a_filled_in_header_stays(configure: Configure, home: Path) -> None:
    file = home / FILES["zed"]
    configure("zed", "--http", "--install", **GUARD)
    text = file.read_text("utf-8").replace("<TRAINING_RUNS_MCP_TOKEN>", "t0ken")
    file.write_text(text, "utf-8")
    configure("zed", "--http", "--install", "--port", "9191", **GUARD)
    entry = entry_of(parse(file))
    assert entry == {
        "url": "http://127.0.0.1:9191/mcp",
        "headers": {"Authorization": "Bearer t0ken"},
    }


def test_everything_else_in_a_file_stays(configure: Configure, home: Path) -> None:
    path = home / FILES["cursor"]
    path.parent.mkdir()
    path.write_text(json.dumps(KEPT, indent=4, ensure_ascii=False), "utf-8")
    path.chmod(0o640)
    before = path.read_bytes()
    backup = path.with_name("mcp.json.bak")
    backup.write_text("an older one", "utf-8")

    process = configure("cursor", "--install")

    newer = path.with_name("mcp.json.bak1")
    assert process.stdout == f"wrote {path}; the file before is {newer}\n"
    assert backup.read_text("utf-8") == "an older one"
    assert newer.read_bytes() == before
    document = parse(path)
    assert document["theme"] == KEPT["theme"]
    assert document["mcpServers"]["other"]["env"] == {"TOKEN": "mine"}
    entry = entry_of({"servers": document["mcpServers"]})
    # The settings and values of the user, and nothing of the other way to reach it.
    assert entry["env"] == {"PRIME_API_KEY": "filled-in"}
    assert entry["disabled"] is True
    assert "url" not in entry
    assert b'\n    "theme"' in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_comments_of_toml_stay(configure: Configure, home: Path) -> None:
    path = home / FILES["codex"]
    path.parent.mkdir()
    text = 'model = "a"  # the best\n\n[mcp_servers.other]\ncommand = "b"'
    path.write_text(text, "utf-8")

    assert configure("codex", "--install").returncode == 0

    assert path.read_text("utf-8").startswith(f"{text}\n\n[mcp_servers.training-runs]")
    assert sorted(parse(path)["mcp_servers"]) == ["other", "training-runs"]


@pytest.mark.parametrize("kind", ["link", "dangling", "directory", "pipe"])
def test_an_entry_that_is_no_file_stays(
    configure: Configure, home: Path, tmp_path: Path, kind: str
) -> None:
    path = home / FILES["cursor"]
    path.parent.mkdir()
    target = tmp_path / "target"
    match kind:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to(target)
    if kind == "link":
        target.write_text("{}", "utf-8")
    process = configure("cursor", "--install")
    assert process.returncode == 1
    assert str(path) in process.stderr
    assert "mcpServers" in process.stdout
    assert not target.exists() or target.read_text("utf-8") == "{}"


def test_a_project_leads_nowhere_else(
    configure: Configure, home: Path, tmp_path: Path
) -> None:
    (tmp_path / ".cursor").symlink_to(home)
    process = configure("cursor", "--install", "--project")
    assert process.returncode == 1
    assert "is a link" in process.stderr
    assert all_files(home) == []


def test_a_directory_that_cannot_be_written_is_named(configure: Configure) -> None:
    # Not even root makes a directory there.
    process = configure("cursor", "--install", HOME="/proc")

    assert process.returncode == 1
    [line] = process.stderr.splitlines()
    assert line.startswith("training-runs: /proc/.cursor/mcp.json: ")
    assert "mcpServers" in process.stdout


@pytest.mark.parametrize(("client", "options", "message"), FACTS["options"])
def test_options_that_do_not_fit_together_are_one_line(
    configure: Configure, client: str, options: str, message: str
) -> None:
    process = configure(client, *options.split())

    assert (process.returncode, process.stdout) == (2, "")
    [line] = process.stderr.splitlines()
    assert message in line


def test_mcp_config_without_a_client_lists_all_clients_and_files(
    training: Package, home: Path
) -> None:
    for arguments in ((), ("--client",)):
        process = training.run("mcp-config", *arguments, HOME=str(home))

        assert (process.returncode, process.stderr) == (0, "")
        for client, file in FILES.items():
            assert client in process.stdout
            assert str(home / file) in process.stdout
        assert "claude-mcp-add" in process.stdout


PLACES = FACTS["places"]


@pytest.mark.parametrize("platform", PLACES)
def test_each_system_has_its_places(platform: str) -> None:
    places = directories(platform, Path("/home/a"), {})
    for client, file in PLACES[platform].items():
        assert str(CLIENTS[client].file(places)) == f"/home/a/{file}"
