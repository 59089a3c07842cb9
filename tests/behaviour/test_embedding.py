"""REST applications inside another application, and on servers of other kinds."""

import json
from pathlib import Path

from behaviour_fixtures import SPEC
from service import Package, compile_text

MOUNTED = """
import importlib, json, sys
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

apps, mocks = {}, {}


def mount(name, directory):
    sys.path.insert(0, directory)
    package = importlib.import_module(name)
    settings = package.Settings(prime_api_key=name)
    mock = mocks[name] = importlib.import_module(f"{name}.mock").create_mock()
    rest = importlib.import_module(f"{name}.rest")
    apps[name] = rest.create_app(lambda: package.connect(settings, mock))


@asynccontextmanager
async def lifespan(_):
    async with (
        apps["first"].router.lifespan_context(apps["first"]),
        apps["second"].router.lifespan_context(apps["second"]),
    ):
        yield


mount("first", ".")
mount("second", sys.stdin.read())
host = Starlette(
    routes=[Mount(f"/{name}", app) for name, app in apps.items()], lifespan=lifespan
)
with TestClient(host) as client:
    for name in apps:
        path = f"/{name}/v1/api/v1/training/runs/a%2Fb"
        assert client.delete(path).status_code == 200
sent = {
    name: [(one.header("Authorization"), one.url) for one in mock.requests]
    for name, mock in mocks.items()
}
print(json.dumps(sent))
"""

WITHOUT_RAW_PATH = """
import asyncio, json
from training_runs import Settings, connect
from training_runs.mock import create_mock
from training_runs.rest import create_app

mock = create_mock()


async def call(**optional):
    app = create_app(lambda: connect(Settings(prime_api_key="k"), mock))
    scope = {
        "type": "http",
        "method": "DELETE",
        "path": "/v1/api/v1/training/runs/\\u00fc b",
        "query_string": b"",
        "headers": [],
        **optional,
    }

    async def receive():
        return {"type": "http.request"}

    async def send(_):
        pass

    async with app.router.lifespan_context(app):
        await app(scope, receive, send)


asyncio.run(call())
asyncio.run(call(raw_path=None))
print(json.dumps([one.url for one in mock.requests]))
"""

REFUSED = """
import json
from starlette.testclient import TestClient
from training_runs import Settings, connect
from training_runs.mock import create_mock
from training_runs.rest import create_app

mock = create_mock()
path = "/v1/api/v1/training/runs"
json_type = [("Content-Type", "application/json")]
with TestClient(
    create_app(lambda: connect(Settings(prime_api_key="k"), mock)),
) as client:
    coded = [*json_type, ("Content-Encoding", "gzip")]
    hosts = [*json_type, ("Host", "one.example"), ("Host", "two.example")]
    answers = [
        client.post(path, content=b"{}", headers=headers) for headers in (coded, hosts)
    ]
statuses = [[answer.status_code, answer.json()["status"]] for answer in answers]
print(json.dumps([statuses, len(mock.requests)]))
"""


def test_two_applications_in_one_have_their_own_clients(tmp_path: Path) -> None:
    text = SPEC.read_text("utf-8")
    first, second = (compile_text(text, tmp_path, name) for name in ("first", "second"))

    process = first.execute(MOUNTED, text=str(second.project))

    assert process.returncode == 0, process.stderr
    url = "https://api.primeintellect.ai/api/v1/training/runs/a%2Fb"
    assert json.loads(process.stdout) == {
        "first": [["Bearer first", url]],
        "second": [["Bearer second", url]],
    }


def test_a_server_need_not_give_the_raw_path(training: Package) -> None:
    process = training.execute(WITHOUT_RAW_PATH)

    assert process.returncode == 0, process.stderr
    url = "https://api.primeintellect.ai/api/v1/training/runs/%C3%BC%20b"
    assert json.loads(process.stdout) == [url, url]


def test_another_server_need_not_refuse_ambiguous_requests(training: Package) -> None:
    process = training.execute(REFUSED)

    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout) == [[[415, 415], [400, 400]], 0]
