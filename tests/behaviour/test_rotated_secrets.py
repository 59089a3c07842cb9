"""Secrets in files: a key that is rotated in its file is used by the next call."""

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest
from client_requests import Attempt, Way, call, send
from mcp import Client
from mcp.client.stdio import stdio_client
from service import Package, Service, running

from recording_upstream import Answer, Received, RecordingUpstream
from signatures import signed_by_secrets, sigv4_signature

SCHEMES = ("header", "query", "bearer", "basic", "oauth2", "oauth1", "aws")
CALLS = 8
"""The calls after a rotation, each over a connection of its own, of several workers."""
GUARDS = ("guarded", "paired")


SPEC = Path(__file__).with_name("rotated_secrets.yaml")


class GrantingUpstream(RecordingUpstream):
    """The APIs, and an authorization server whose tokens name the client's secret."""

    def answer_to(self, request: Received, /) -> Answer:
        if request.target != "/token":
            return self.answer
        pair = base64.b64decode((request.field("Authorization") or "")[6:]).decode()
        token = f"token-of-{pair.partition(':')[2]}"
        return Answer(json.dumps({"access_token": token, "expires_in": 3600}).encode())

    @property
    def last(self) -> Received:
        return self.requests[-1]


def is_used(scheme: str, request: Received, key: str) -> bool:
    """Return whether a request has a credential of this key."""
    authorization = request.field("Authorization") or ""
    match scheme:
        case "oauth1":
            return signed_by_secrets(request, request.root, key, "")
        case "aws":
            return authorization.endswith(f"Signature={sigv4_signature(request, key)}")
        case "query":
            return request.target.endswith(f"k={quote(key)}")
        case "basic":
            pair = base64.b64encode(f"me:{key}".encode()).decode()
            return authorization == f"Basic {pair}"
        case "oauth2":
            return authorization == f"Bearer token-of-{key}"
        case "bearer":
            return authorization == f"Bearer {key}"
        case "header":
            return request.field("X-Key") == key
        case _:
            return request.field("X-Part") == key


@dataclass
class Mount:
    """A directory of secrets as kubelet mounts them: `key` leads through `..data`."""

    root: Path
    keys: list[str] = field(default_factory=list)
    """The keys that the file has had."""

    @property
    def path(self) -> Path:
        return self.root / "key"

    @property
    def key(self) -> str:
        return self.keys[-1]

    def new_key(self) -> str:
        """Return another key of the same length, which is the one from now on."""
        self.keys.append(f"s3cret-{len(self.keys):06}")
        return self.key

    def swap(self) -> None:
        """Point `..data` to another directory."""
        key = self.new_key()
        version = self.root / f"..{len(self.keys)}"
        version.mkdir(parents=True)
        (version / "key").write_text(f"{key}\n")
        link = self.root / "..next"
        link.symlink_to(version.name)
        link.replace(self.root / "..data")
        if not self.path.is_symlink():
            self.path.symlink_to("..data/key")

    def rewrite(self) -> None:
        """Write into the file itself."""
        with self.path.open("r+", encoding="ascii") as file:
            file.write(self.new_key())

    def replace(self) -> None:
        """Put another file in the place of the old one."""
        following = self.root / "following"
        following.write_text(self.new_key(), encoding="ascii")
        following.replace(self.path.resolve())

    def remove(self) -> None:
        self.path.resolve().unlink()


ROTATIONS: list[Callable[[Mount], None]] = [
    *(Mount.swap, Mount.rewrite, Mount.rewrite, Mount.replace, Mount.swap)
]


@pytest.fixture(scope="module")
def recorder() -> GrantingUpstream:
    return GrantingUpstream()


@pytest.fixture
def upstream(recorder: GrantingUpstream) -> GrantingUpstream:
    recorder.begin()
    return recorder


@pytest.fixture(scope="module")
def mounts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mount]:
    """Return the mounts of the upstreams' key and of the clients'."""
    mounts = {
        name: Mount(tmp_path_factory.mktemp("mount")) for name in ("KEY", "GUARD_KEY")
    }
    for mount in mounts.values():
        mount.swap()
    return mounts


@pytest.fixture
def key(mounts: dict[str, Mount]) -> Mount:
    return mounts["KEY"]


@pytest.fixture(scope="module")
def variables(
    variables: dict[str, str], address: str, mounts: dict[str, Mount]
) -> dict[str, str]:
    files = {f"MY_{name}_FILE": str(mount.path) for name, mount in mounts.items()}
    return {**variables, **files, "MY_TOKEN_URL": f"http://{address}/token"}


@pytest.fixture(scope="module")
def service(
    package: Package, variables: dict[str, str], mounts: dict[str, Mount]
) -> Iterator[Service]:
    with running(package, "--log-level", "debug", "serve", **variables) as process:
        yield process
    keys = [key for mount in mounts.values() for key in mount.keys]
    assert [key for key in keys if key in process.output] == []


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("scheme", [*SCHEMES, "part"])
async def test_a_rotated_key_is_used_by_the_next_call(
    scheme: str, way: Way, service: Service, upstream: GrantingUpstream, key: Mount
) -> None:
    await call(service, scheme, way, Attempt())
    assert is_used(scheme, upstream.last, key.key)
    for rotate in ROTATIONS:
        rotate(key)
        answer = await call(service, scheme, way, Attempt())
        assert answer.statuses == [200], answer.content
        assert is_used(scheme, upstream.last, key.key), rotate


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_forwarded_request_has_the_rotated_key(
    scheme: str, service: Service, upstream: GrantingUpstream, key: Mount
) -> None:
    url = service.url(f"{scheme}-rest")
    for rotate in ROTATIONS:
        rotate(key)
        answer = await send(url, "GET", "/all/things", (), b"")
        assert answer.statuses == [200], answer.content
        assert is_used(scheme, upstream.last, key.key), rotate


async def test_all_workers_use_a_rotated_key(
    package: Package, variables: dict[str, str], upstream: GrantingUpstream, key: Mount
) -> None:
    with running(package, "serve", "--workers", "2", **variables) as service:
        for scheme, rotate in product(("header", "oauth2"), ROTATIONS):
            rotate(key)
            for _ in range(CALLS):
                answer = await call(service, scheme, Way.REST, Attempt())
                assert answer.statuses == [200], answer.content
                assert is_used(scheme, upstream.last, key.key), rotate


async def test_a_rotated_key_is_used_on_standard_input(
    package: Package, variables: dict[str, str], upstream: GrantingUpstream, key: Mount
) -> None:
    server = package.speaking("mcp", "header-mcp", "--stdio", **variables)
    async with Client(stdio_client(server)) as client:
        for rotate in ROTATIONS:
            rotate(key)
            assert not (await client.call_tool("read", {})).is_error
            assert is_used("header", upstream.last, key.key), rotate


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("guard", GUARDS)
async def test_a_rotated_key_of_clients_is_the_only_one_that_lets_them_in(
    guard: str,
    way: Way,
    service: Service,
    upstream: GrantingUpstream,
    mounts: dict[str, Mount],
) -> None:
    mount = mounts["GUARD_KEY"]
    for rotate in ROTATIONS:
        before = attempt(guard, mount.key)
        assert (await call(service, guard, way, before)).statuses == [200]
        rotate(mount)
        assert (await call(service, guard, way, before)).statuses == [401]
        after = attempt(guard, mount.key)
        assert (await call(service, guard, way, after)).statuses == [200]


def attempt(guard: str, key: str) -> Attempt:
    pair = base64.b64encode(f"me:{key}".encode()).decode()
    value = f"Bearer {key}" if guard == "guarded" else f"Basic {pair}"
    return Attempt((("Authorization", value),))


async def test_the_last_key_outlives_its_file(
    service: Service, upstream: GrantingUpstream, key: Mount
) -> None:
    last = key.key
    key.remove()
    for content in (None, None, "", "two\nlines", "é"):
        if content is not None:
            key.path.resolve().write_text(content)
        answer = await call(service, "bearer", Way.REST, Attempt())
        assert answer.statuses == [200]
        assert is_used("bearer", upstream.last, last)
    key.swap()
    await call(service, "bearer", Way.REST, Attempt())

    assert is_used("bearer", upstream.last, key.key)
    lines = re.findall(
        "WARNING.*?the file in MY_KEY_FILE (.*); its last content is still used",
        service.output,
    )
    faults = [fault.partition(" (")[0] for fault in lines]
    missing = "can't be read: No such file or directory"
    assert faults == [missing, "is empty", "can't be used"]


FAULTS: list[tuple[bytes | None, str]] = [
    (None, "can't be read: No such file or directory"),
    (b"", "is empty"),
    (b"\n", "is empty"),
    (b"\xff", "isn't UTF-8 text"),
    (b"k" * 70_000, "is larger than 64 KiB"),
    (b"two\nlines", "must be plain ASCII text"),
    (b"two\n\n", "must be plain ASCII text"),
]


@pytest.mark.parametrize(("content", "fault"), FAULTS)
@pytest.mark.parametrize("name", ["MY_KEY", "MY_GUARD_KEY"])
def test_an_unusable_file_ends_the_start(
    package: Package,
    variables: dict[str, str],
    tmp_path: Path,
    content: bytes | None,
    fault: str,
    name: str,
) -> None:
    path = tmp_path / "s3cret"
    if content is not None:
        path.write_bytes(content)
    env = {**variables, f"{name}_FILE": str(path), **package.free_ports()}
    process = package.run("serve", **env)
    result = package.run("check", **env).stdout

    assert process.returncode == 1
    [line] = process.stderr.splitlines()
    assert fault in line
    assert f"{name}_FILE" in line
    assert "s3cret" not in line
    [told_line] = [line for line in result.splitlines() if fault in line]
    assert told_line.startswith(f"malformed  {name} ")


def test_a_value_beside_its_file_is_an_error(
    package: Package, variables: dict[str, str]
) -> None:
    process = package.run("serve", **{**variables, "MY_KEY": "s3cret"})
    assert process.returncode == 1
    assert "MY_KEY and MY_KEY_FILE are both set" in process.stderr
    assert "s3cret" not in process.stderr


@pytest.mark.skipif(os.name != "posix", reason="other systems have no pipes there")
def test_a_pipe_is_no_file_of_a_secret(
    package: Package, variables: dict[str, str], tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = package.run("serve", **{**variables, "MY_KEY_FILE": str(pipe)})
    assert "the file in MY_KEY_FILE isn't a regular file" in process.stderr
