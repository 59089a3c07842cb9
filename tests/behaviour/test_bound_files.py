"""Files of values: packages that read them at the start, as processes."""

import json
import shutil
from pathlib import Path

import httpx2
import pytest
from service import Package, compile_text, running

from recording_upstream import RecordingUpstream
from waiting import PATIENCE

VALUE, EDITION = "s3cr3t-of-the-file", "ed1t1on-of-the-file"
CONTENT = f"shop-bearer-token: {VALUE}\nshop-edition: {EDITION}\n"
DOCUMENT = Path(__file__).with_name("bound_files.yaml").read_text("utf-8")
GUARD = "    authentication: {type: bearer, token: '{{SHOP_KEY}}'}\n"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Return a package that was compiled beside a file of values."""
    directory = tmp_path_factory.mktemp("shop")
    (directory / "shared").mkdir()
    (directory / "shared" / "secrets.yaml").write_text(CONTENT)
    return compile_text(DOCUMENT, directory)


@pytest.fixture
def values(package: Package) -> Path:
    """Return the file of values in the working directory of the package."""
    path = package.project / "shared" / "secrets.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(CONTENT)
    return path


@pytest.fixture(autouse=True)
def without_values(package: Package) -> None:
    shutil.rmtree(package.project / "shared", ignore_errors=True)


@pytest.mark.usefixtures("values")
@pytest.mark.parametrize(
    ("options", "env", "fields"),
    [
        ((), {}, (f"Bearer {VALUE}", EDITION)),
        (("--workers", "2"), {}, (f"Bearer {VALUE}", EDITION)),
        ((), {"SHOP_KEY": "mine"}, ("Bearer mine", EDITION)),
        ((), {"SECRETS_FILE": "other.json"}, ("Bearer a", "5")),
    ],
    ids=["file", "workers", "environment", "another file"],
)
async def test_the_values_of_the_file_are_sent(
    package: Package,
    address: str,
    upstream: RecordingUpstream,
    options: tuple[str, ...],
    env: dict[str, str],
    fields: tuple[str, str],
) -> None:
    other = package.project / "other.json"
    other.write_text(json.dumps({"shop-bearer-token": "a", "shop-edition": 5}))
    arguments = ("--log-level", "debug", "serve", *options)
    base = f"http://{address}"
    with running(package, *arguments, SHOP_BASE_URI=base, **env) as service:
        async with service.client() as client:
            answer = await client.get("/books")
    request = upstream.only
    assert (request.field("Authorization"), request.field("Shop-Edition")) == fields
    assert VALUE not in answer.text + service.output
    assert EDITION not in service.output
    other.unlink()


def test_the_mock_needs_no_file(package: Package) -> None:
    with running(package, "serve", "--mock") as service:
        answer = httpx2.get(f"{service.url('rest')}/books", timeout=PATIENCE)
    assert answer.status_code == 200


@pytest.mark.parametrize("command", [("serve",), ("rest",), ("mcp", "--stdio")])
def test_a_start_without_the_file_names_file_and_key(
    package: Package, command: tuple[str, ...]
) -> None:
    process = package.run(*command, **package.free_ports())
    assert process.returncode == 1
    assert process.stderr.splitlines() == [
        f"things: set the environment variable {name}, or the key {key!r} of the file "
        "'./shared/secrets.yaml' (from the working directory; "
        "SECRETS_FILE names another file) "
        "(required by every operation)"
        for name, key in (
            ("SHOP_KEY", "shop-bearer-token"),
            ("SHOP_EDITION", "shop-edition"),
        )
    ]


def test_a_start_with_a_broken_file_shows_nothing_of_the_file(
    package: Package, values: Path
) -> None:
    values.write_text(f"shop-bearer-token: [{VALUE}\n")
    process = package.run("serve", **package.free_ports())
    assert process.returncode == 1
    assert process.stderr == (
        "things: SECRETS_FILE: the file './shared/secrets.yaml' isn't valid YAML "
        "(line 2)\n"
    )


def test_a_client_of_mcp_has_to_name_the_file(package: Package) -> None:
    process = package.execute(
        "from things.__main__ import PROGRAM\n"
        "print(*PROGRAM.variables_to_set({}))\n"
        "print(*PROGRAM.variables_to_set({'SHOP_KEY': 'mine'}))\n"
    )
    assert process.stdout.splitlines() == ["SECRETS_FILE", "SHOP_KEY SECRETS_FILE"]


@pytest.mark.parametrize("declaration", ["", GUARD])
def test_help_names_the_file(declaration: str, tmp_path: Path) -> None:
    document = DOCUMENT.replace("    port: 8080\n", f"    port: 8080\n{declaration}")
    process = compile_text(document, tmp_path).run("serve", "--help")

    row = "a file that may hold values of others (default: ./shared/secrets.yaml)"
    [line] = [line for line in process.stdout.splitlines() if row in line]
    assert line.split()[0] == "SECRETS_FILE"


def test_no_emitted_file_holds_a_value(package: Package) -> None:
    contents = [
        path.read_bytes() for path in package.project.rglob("*") if path.is_file()
    ]
    assert contents
    assert not any(
        value.encode() in content for content in contents for value in (VALUE, EDITION)
    )
