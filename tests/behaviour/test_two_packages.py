"""Two packages in one process: the types that they share, and the state of each."""

import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from two_packages import NAMES, Pair, Runtime, pair

TYPES = """
names = {
    "": ("CallError", "NaftikoError", "Reply", "StatusError"),
    "errors.": ("NotSentError", "SettingsError", "StartError"),
    "guards.": ("HostGuard",),
}
found = {
    f"{place}{name}": [
        getattr(getattr(package, place[:-1]) if place else package, name)
        for package in (books, orders)
    ]
    for place, names in names.items()
    for name in names
}
print(json.dumps({name: first is second for name, (first, second) in found.items()}))
"""


STATE = """
from contextvars import ContextVar

for package in (books, orders):
    for name in ("__main__", "mock", "rest", "mcp_server"):
        part(package, name)
    runtime(package, "pytest_plugin")


def states(package):
    root = package.__name__
    return [
        (f"{module}.{name}", value)
        for module in list(sys.modules)
        if module == root or module.startswith(f"{root}.")
        for name, value in vars(sys.modules[module]).items()
        if not name.startswith("__")
        and isinstance(value, dict | list | set | ContextVar | logging.Logger | type)
    ]


def known(value):
    return any(
        any(value is one for one in vars(module).values())
        for name, module in list(sys.modules.items())
        if module and name.partition(".")[0] not in ("books", "orders", "__main__")
    )


others = [value for _, value in states(orders)]
both = [state for state in states(books) if any(state[1] is one for one in others)]
print(json.dumps([name for name, value in both if not known(value)]))
"""

HOST_PROCESS = """
import gc, resource, signal, warnings
from starlette.testclient import TestClient


def process():
    root = logging.getLogger()
    own = [one for name, one in logging.root.manager.loggerDict.items()
           if name.partition(".")[0] in ("books", "orders", "naftiko_runtime")
           and isinstance(one, logging.Logger)]
    return {
        "handlers": list(root.handlers),
        "level": root.level,
        "levels of loggers": {one.level for one in own} - {logging.NOTSET},
        "handlers of loggers": [one.handlers for one in own if one.handlers],
        "disabled": logging.root.manager.disable,
        "talkative": [logging.getLogger(name).level for name in ("mcp", "uvicorn")],
        "hooks": [sys.excepthook, sys.unraisablehook, warnings.showwarning],
        "filters": list(warnings.filters),
        "signals": [signal.getsignal(number) for number in signal.valid_signals()],
        "mask": signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        "collector": [gc.get_threshold(), gc.isenabled()],
        "environment": dict(os.environ),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "recursion": sys.getrecursionlimit(),
        "path": list(sys.path),
        "digits": sys.get_int_max_str_digits(),
    }


before = process()
for package in (books, orders):
    part(package, "__main__")
    mock = part(package, "mock").create_mock()
    connect = lambda: package.connect(package.Settings.from_env(), mock)
    for app in (
        part(package, "rest").create_app(connect),
        part(package, "mcp_server").create_http_app(connect),
    ):
        with TestClient(app, base_url="http://localhost") as client:
            assert client.get("/").status_code == 200
after = process()
print(json.dumps([name for name in before if before[name] != after[name]]))
"""

VARIABLES = """
from starlette.testclient import TestClient

os.environ["BOOKS_TIMEOUT"] = "soon"
os.environ["ORDERS_KEY"] = "key that was set later"
os.environ["ORDERS_REST_ALLOWED_HOSTS"] = "orders.example"
mock = part(orders, "mock").create_mock()
faults = []
for package in (books, orders):
    try:
        settings = package.Settings.from_env()
    except package.errors.SettingsError as error:
        faults += error.faults
app = part(orders, "rest").create_app(lambda: orders.connect(settings, mock))
with TestClient(app, base_url="http://orders.example") as client:
    assert client.get("/items/1").status_code == 200
print(json.dumps([faults, mock.requests[0].header("X-Key")]))
"""

LOGGED = """
from starlette.testclient import TestClient

class Names(logging.Handler):
    def emit(self, record):
        names.append([record.name, record.getMessage().split()[0]])


names = []
logging.getLogger().addHandler(Names())
logs = runtime(books, "observing.logs")
logging.getLogger(logs.__name__).setLevel(logging.INFO)
runtime(books, "observing.calls").OBSERVERS.append(logs.CallLines())
call = {"name": "find", "arguments": {"id": "1"}}
message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
headers = {"Accept": "application/json", "MCP-Protocol-Version": "2025-11-25"}
for package in (books, orders):
    mock = part(package, "mock").create_mock()
    create = part(package, "mcp_server").create_http_app
    app = create(lambda: package.connect(package.Settings.from_env(), mock))
    with TestClient(app, base_url="http://localhost") as client:
        assert client.post("/mcp", json=message, headers=headers).status_code == 200
print(json.dumps([name for name in names if name[0] == logs.__name__]))
"""

NESTED = """
import httpx2
from starlette.testclient import TestClient

LONG = 0.5  # seconds in which the clients of waiting calls are looked for


async def slow(method, url, headers, body):
    await asyncio.sleep(LONG)
    return orders.Reply(200, (), url.encode())


other = part(orders, "rest").create_app(
    lambda: orders.connect(orders.Settings.from_env(), slow)
)


async def pass_on(method, url, headers, body):
    sending = httpx2.ASGITransport(other)
    async with httpx2.AsyncClient(transport=sending) as client:
        answer = await client.get("http://localhost/items/2")
    return books.Reply(answer.status_code, (), answer.content)


async def twice(client, *, isbn: str):
    first = await client.find(id_=isbn)
    own_way.append(slow)
    second = await client.find(id_=isbn)
    return f"{first.text} {second.text}"


own_way = [pass_on]


async def send(*request):
    return await own_way[-1](*request)


app = part(books, "mcp_server").create_http_app(
    lambda: books.connect(books.Settings.from_env(), send), extra_tools=[twice]
)
call = {"name": "twice", "arguments": {"isbn": "1"}}
message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
headers = {"Accept": "application/json", "MCP-Protocol-Version": "2025-11-25"}


async def main():
    sending = httpx2.ASGITransport(app)
    url = "http://localhost"
    async with (
        other.router.lifespan_context(other),
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=sending, base_url=url, headers=headers) as client,
    ):
        answer = await client.post("/mcp", json=message)
    return answer.json()["result"]["content"][0]["text"]


print(json.dumps(asyncio.run(main())))
"""

REPEATED = """
def failing_first(package):
    sent = []

    async def fail_first(*request):
        sent.append(request)
        if len(sent) == 1:
            raise package.errors.NotSentError
        return package.Reply(200, (), b"")

    return fail_first


async def call():
    async with orders.connect(
        orders.Settings.from_env(), failing_first(orders)
    ) as other:

        def asking(send):
            async def ask_and_send(*request):
                await other.find(id_="2")
                return await send(*request)
            return ask_and_send

        async with books.connect(
            books.Settings.from_env(), failing_first(books), middleware=[asking]
        ) as client:
            return (await client.find(id_="1")).status


print(json.dumps(asyncio.run(call())))
"""


PLUGINS = """
names = [runtime(one, "pytest_plugin").__name__ for one in (books, orders)]
print(json.dumps(names))
"""

FIXTURES = """
from importlib import import_module

import pytest

@pytest.mark.parametrize("name", {modules!r})
async def test_a_call(name, upstream, anyio_backend):
    package = import_module(name)
    mock = import_module(f"{{name}}.mock").create_mock()
    async with package.connect(package.Settings.from_env(), mock) as client:
        assert (await client.find(id_="1")).status == 200
    assert not upstream.requests
"""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Runtime], Pair]:
    """Return a function that returns both packages, compiled once."""
    cache: dict[Runtime, Pair] = {}

    def of(runtime: Runtime) -> Pair:
        if runtime not in cache:
            cache[runtime] = pair(runtime, tmp_path_factory.mktemp("pair"))
        return cache[runtime]

    return of


@pytest.fixture
def packages(request: pytest.FixtureRequest, pairs: Callable[[Runtime], Pair]) -> Pair:
    return pairs(request.param)


def with_runtimes(*runtimes: Runtime) -> pytest.MarkDecorator:
    """Return the mark of a test that runs with these places of the runtime."""
    names = [runtime.name for runtime in runtimes]
    return pytest.mark.parametrize("packages", runtimes, ids=names, indirect=True)


@with_runtimes(*Runtime)
def test_packages_have_one_set_of_types_if_they_have_one_runtime(
    packages: Pair, request: pytest.FixtureRequest
) -> None:
    same = packages.execute(TYPES)

    is_one = request.node.callspec.params["packages"] is Runtime.LIBRARY
    assert set(same.values()) == {is_one}


@with_runtimes(Runtime.OWN)
def test_packages_share_no_object_that_changes(packages: Pair) -> None:
    assert packages.execute(STATE) == []


@with_runtimes(*Runtime)
def test_packages_leave_the_process_of_their_host_as_it_is(packages: Pair) -> None:
    assert packages.execute(HOST_PROCESS) == []


@with_runtimes(*Runtime)
def test_a_variable_affects_the_package_that_it_names(packages: Pair) -> None:
    assert packages.execute(VARIABLES) == [
        ["BOOKS_TIMEOUT must be a number of seconds above 0"],
        "key that was set later",
    ]


@with_runtimes(Runtime.OWN)
def test_the_log_of_one_package_is_set_apart(packages: Pair) -> None:
    process = packages.execute(LOGGED)

    assert process == [["books._runtime.observing.logs", "books-mcp"]]


@with_runtimes(Runtime.LIBRARY)
def test_the_log_of_one_runtime_is_set_once(packages: Pair) -> None:
    adapters = [adapter for _, adapter in packages.execute(LOGGED)]

    assert adapters == ["books-mcp", "orders-mcp"]


@with_runtimes(*Runtime)
def test_a_call_within_one_of_another_package_ends_by_itself(packages: Pair) -> None:
    """The end of the inner call isn't taken for the end of the outer one's client."""
    output = packages.execute(NESTED)

    assert output == (
        "https://orders.example.com/orders/2 https://books.example.com/books/1"
    )


@with_runtimes(*Runtime)
def test_a_repetition_in_one_package_leaves_the_other_its_own(packages: Pair) -> None:
    assert packages.execute(REPEATED) == 200


@with_runtimes(*Runtime)
def test_the_plugins_of_both_can_be_registered(packages: Pair, tmp_path: Path) -> None:
    module = tmp_path / "test_both.py"
    module.write_text(FIXTURES.format(modules=NAMES), encoding="utf-8")
    plugins = packages.execute(PLUGINS)
    options = [("-p", plugin) for plugin in dict.fromkeys(plugins)]

    output = packages.test(*chain.from_iterable(options), str(module))

    assert "2 passed" in output


@with_runtimes(*Runtime)
def test_the_tests_of_both_run_together(packages: Pair) -> None:
    output = packages.test("--import-mode", "importlib", *NAMES)

    assert re.search(r"\d+ passed", output)
