"""Each route answers the requests that are made from its template."""

import importlib
import re
import sys
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import pytest
from published import Published, compilable, each, make_package, needs_the_corpus
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

import shared_bytecode
from package_runtimes import runtime_package

pytestmark = needs_the_corpus

REST_ADAPTER = re.compile(r"^ *(?:- )?type: *['\"]?rest\b", re.MULTILINE)


def with_routes() -> list[Published]:
    """Return the documents that become packages with a REST API."""
    return [document for document in compilable() if has_routes(document.path)]


def has_routes(path: Path) -> bool:
    # A reader of YAML is slow, and each process of a run collects the tests.
    return REST_ADAPTER.search(path.read_text("utf-8")) is not None


@each(with_routes())
def test_every_route_is_reachable(
    document: Published, packages: Path, bytecode: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = make_package(document, packages)
    monkeypatch.setattr(sys, "path", [str(package.project), *sys.path])
    monkeypatch.setattr(sys, "path_hooks", [*sys.path_hooks])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    shared_bytecode.share(bytecode)
    paths = list((package.project / package.module).glob("rest*.py"))
    assert paths
    for path in paths:
        module = importlib.import_module(f"{package.module}.{path.stem}")
        saying = {route.path: PlainTextResponse(route.path) for route in module.ROUTES}
        runtime = runtime_package(package.module)
        support = importlib.import_module(f"{runtime}.rest")
        routes = [support.ServedPath(path, answer) for path, answer in saying.items()]
        app = support.RestApp(routes, lambda: nullcontext(None), [])
        with TestClient(app) as client:
            answers = {path: client.get(fill_route(path)).text for path in saying}
        assert saying
        assert answers == {path: path for path in saying}


def fill_route(route: str) -> str:
    """Return a path of a route, each of whose variables has its own value."""
    number = count()
    return re.sub(r"\{[^}]*\}", lambda _: f"v{next(number)}", route)
