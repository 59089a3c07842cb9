"""The API reference: only in a package that asks for it, and closed to other sites."""

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from exact_http import exactly
from service import Package, Service, compile_spec, running

from naftiko_gen.emit import template_root

TRAINING = Path(__file__).parents[2] / "specs" / "training-runs.yaml"
HTML = {"Accept": "text/html"}
DIGESTS = {
    "LICENSE": "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
    "NOTICE": "0d20d1adef18aee3f40dd258172155521ce702ac445cb5f7b7d60ed32dad2fb2",
    "swagger-ui-bundle.js": (
        "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2"
    ),
    "swagger-ui-bundle.js.LICENSE.txt": (
        "37eb6e7e59aed57b2c1acf076574b818ea07b74265717e0bd67b59e0baf9abbb"
    ),
    "swagger-ui.css": (
        "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d"
    ),
}
"""The SHA-256 of the files in `swagger-ui-dist` 5.35.0 on npm."""
SPEC = """\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: things
    baseUri: https://api.example.com
    resources:
    - {{name: thing, path: /thing, operations: [{{name: get, method: GET}}]}}
  exposes:
  - type: rest
    namespace: things-rest
    port: 8080
    resources:
    - path: {path}
      operations: [{{method: GET, call: things.get}}]
"""


@pytest.fixture(scope="module")
def reference_package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    directory = tmp_path_factory.mktemp("documented")
    return compile_spec(TRAINING, directory, api_docs=True)


@pytest.fixture(scope="module")
def url(reference_package: Package, services: Callable[..., Service]) -> str:
    """Return the address of a REST adapter that has an API reference."""
    return services(reference_package, "serve", "--mock").url("rest")


def test_the_files_are_those_of_the_library() -> None:
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (template_root() / "swagger-ui").iterdir()
    }

    assert files == DIGESTS


def test_a_package_without_a_reference_has_no_trace_of_one(
    training: Package, services: Callable[..., Service]
) -> None:
    rest = services(training, "serve", "--mock").url("rest")

    assert exactly("GET", rest, "/docs").status_code == 404
    assert exactly("GET", rest, "/").json()["links"] == ["/openapi.json"]
    files = [path for path in training.project.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert names.isdisjoint({"reference.py", *DIGESTS})
    module = (training.project / training.module / "rest.py").read_text("utf-8")
    assert "reference" not in module


def test_a_package_with_only_an_mcp_server_has_no_reference(tmp_path: Path) -> None:
    spec = tmp_path / "mcp-alone.yaml"
    text = TRAINING.read_text("utf-8")
    start, end = text.index("  - type: rest"), text.index("  - type: mcp")
    spec.write_text(text[:start] + text[end:], "utf-8")

    package = compile_spec(spec, tmp_path, api_docs=True)

    assert not list(package.project.rglob("*swagger*"))


def test_the_policy_runs_only_two_known_scripts(url: str) -> None:
    response = exactly("GET", url, "/docs", headers=HTML)

    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    inline = re.findall(r"<script>(.+?)</script>", response.text, re.DOTALL)
    [library] = re.findall(r'<script src="([^"?]+)', response.text)
    scripts = [exactly("GET", url, f"/{library}").content, inline[0].encode()]
    digests = [base64.b64encode(hashlib.sha256(script).digest()) for script in scripts]
    sources = " ".join(f"'sha256-{digest.decode()}'" for digest in digests)
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert policy == [
        "default-src 'none'",
        f"script-src {sources}",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    assert len(inline) == 1
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
    ],
)
def test_files_of_the_reference_answer_get_and_head(
    path: str, media_type: str, url: str
) -> None:
    response, head = exactly("GET", url, path), exactly("HEAD", url, path)
    post = exactly("POST", url, path)

    assert (
        response.headers["Content-Type"] == head.headers["Content-Type"] == media_type
    )
    assert head.headers["Content-Length"] == str(len(response.content))
    assert (head.status_code, head.content) == (200, b"")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (post.status_code, post.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_origin_of_the_reference_may_call_routes(name: str, url: str) -> None:
    host = url.removeprefix("http://").replace("127.0.0.1", name)
    path = "/v1/api/v1/training/runs/a"
    own = {"Host": host, "Origin": f"http://{host}"}

    assert exactly("DELETE", url, path, headers=own).status_code == 200
    other = {"Host": host, "Origin": "http://evil.example"}
    assert exactly("DELETE", url, path, headers=other).status_code == 403


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/docs", "/docs"),
        ("/docs/{name}", "/docs/swagger-ui.css"),
        ("/{name}", "/docs"),
        ("/openapi.json", "/openapi.json"),
    ],
)
def test_a_route_of_the_spec_wins(path: str, target: str, tmp_path: Path) -> None:
    spec = tmp_path / "things.yaml"
    spec.write_text(SPEC.format(path=path), "utf-8")
    package = compile_spec(spec, tmp_path, api_docs=True)
    with running(package, "serve", "--mock") as service:
        rest = service.url("rest")
        response = exactly("GET", rest, target, headers=HTML)
        page = exactly("GET", rest, "/", headers=HTML)

    assert response.json()["mock"] == "get"
    assert 'href="docs"' not in page.text
