"""The addresses that `serve` prints, opened by people: pages that can be read."""

import base64
import hashlib
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from exact_http import exactly
from service import Package, Service, compile_spec, compile_text, running

from case_tables import named_table
from naftiko_gen.cli.main import main
from waiting import PATIENCE

SPEC = Path(__file__).with_name("page.yaml").read_text("utf-8")
MUSEUM = Path(__file__).parents[1] / "openapi" / "documents" / "museum.yaml"
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
RESPONSES = named_table(__file__, "page_responses")
LAUNCH = "Launch a dedicated RL training run against a hosted base model."
HARMLESS = "A harmless text."
HOSTILE = (
    "</title></style><script>alert(1)</script>&lt;b&gt; \" ' <img src=x onerror=x>",
    "</pre></p></h1><!-- ]]> --> <base href=//evil.example>",
)
"""Texts that would be other markup if they weren't escaped."""


PORT = re.compile(r":\d{4,5}\b")


class Structure(HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""
        self.style = ""
        self.script = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Ports differ from one run to the next.
        attributes = tuple(
            (name, value and PORT.sub("", value)) for name, value in attrs
        )
        self.elements.append((tag, attributes))

    def handle_data(self, data: str) -> None:
        last = self.elements[-1][0] if self.elements else ""
        if last == "style" and not self.style:
            self.style = data
        elif last == "script" and not self.script:
            self.script = data
        else:
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


@pytest.mark.parametrize("title", RESPONSES)
def test_a_browser_gets_a_response(
    title: str, mock_service: Service, guarded_service: Service
) -> None:
    case = RESPONSES[title]
    service = guarded_service if case.get("guarded") else mock_service
    url = service.url(case["adapter"]).removesuffix("/mcp")
    headers = {**({} if case.get("plain") else HTML), **case.get("headers", {})}

    response = exactly("GET", url, case.get("path", "/"), headers=headers)

    assert response.status_code == case["status"]
    for name, value in case["fields"].items():
        assert response.headers[name].startswith(value)
    text = Structure(response.text).text
    for part in case.get("has", ()):
        assert part.replace("{url}", url) in text
    assert [part for part in case.get("lacks", ()) if part in response.text] == []


def test_a_page_links_to_the_document_and_the_other_adapter(
    mock_service: Service,
) -> None:
    url = mock_service.url("rest")
    page = Structure(exactly("GET", url, "/", headers=HTML).text)

    links = [dict(some)["href"] or "" for tag, some in page.elements if tag == "a"]
    assert [link for link in links if not link.startswith("#")] == [
        "openapi.json",
        PORT.sub("", mock_service.url("mcp")),
    ]


def test_the_policy_of_a_refusal_is_one(guarded_service: Service) -> None:
    """A browser obeys all policies of a response: a second would forbid the style."""
    for kind, path in (("rest", "/"), ("rest", "/docs"), ("mcp", "/")):
        url = guarded_service.url(kind).removesuffix("/mcp")
        response = exactly("GET", url, path, headers=HTML)
        [policy] = response.headers.get_list("Content-Security-Policy")
        assert "style-src 'sha256-" in policy


def test_the_document_of_a_mock_names_the_mock(mock_service: Service) -> None:
    document = exactly("GET", mock_service.url("rest"), "/openapi.json").json()

    assert document["info"]["x-mock"] is True
    assert document["info"]["description"].startswith("The answers are made up")
    index = exactly("GET", mock_service.url("rest"), "/").json()
    assert index["mock"] is True


def test_the_policy_of_the_page_allows_its_own_style_and_script(
    mock_service: Service,
) -> None:
    response = exactly("GET", mock_service.url("rest"), "/", headers=HTML)

    page = Structure(response.text)
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (page.style, page.script)
    ]
    assert response.headers["Content-Security-Policy"].split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digests[0]}'",
        f"script-src 'sha256-{digests[1]}'",
        "connect-src 'self'",
        "img-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    markup = response.text.replace(page.script, "")
    assert not re.search(r"style=|\bon\w+=|javascript:", markup)
    assert not re.search(r"[sS]torage|cookie =|innerHTML|eval\(", page.script)


@pytest.mark.parametrize(
    "headers", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}]
)
def test_other_clients_get_an_index(
    headers: dict[str, str], mock_service: Service
) -> None:
    rest, mcp = (
        exactly("GET", url, "/", headers=headers)
        for url in (mock_service.url("rest"), root(mock_service))
    )
    for response in (rest, mcp):
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Vary"] == "accept"
    assert rest.json()["links"] == ["/openapi.json"]
    assert rest.json()["routes"][0] == {
        "method": "POST",
        "path": "/v1/api/v1/training/runs",
        "description": LAUNCH,
    }
    index = mcp.json()
    assert index["name"] == "training-runs-mcp"
    assert index["url"] == f"{root(mock_service)}/mcp"
    assert index["configure"] == "training-runs mcp-config --client NAME"
    [tool, *_] = index["tools"]
    assert tool["name"] == "prime-intellect-createrun"
    assert LAUNCH in tool["description"]
    assert tool["inputs"] == ["body"]


@pytest.mark.parametrize(("kind", "status"), [("rest", 405), ("mcp", 404)])
def test_the_page_answers_head_and_refuses_other_methods(
    kind: str, status: int, mock_service: Service
) -> None:
    url = mock_service.url(kind)
    page, head, response = (
        exactly(method, url, "/", headers=HTML) for method in ("GET", "HEAD", "POST")
    )
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(page.content))
    assert response.status_code == status
    assert response.headers.get("Allow") == ("GET, HEAD" if kind == "rest" else None)
    assert exactly("GET", url, "/other", headers=HTML).status_code == 404


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_a_spec_are_no_markup(text: str, tmp_path: Path) -> None:
    # As code, the Markdown of a tool keeps the markup; otherwise, its words are left.
    texts = (f"`{text}`", text, HARMLESS)
    (_, page), (rest, plain), (harmless_rest, harmless) = (
        _pages(prose, tmp_path) for prose in texts
    )
    assert rest.elements == harmless_rest.elements
    assert text in rest.text
    assert page.elements == plain.elements == harmless.elements
    assert text in page.text


def _pages(text: str, directory: Path) -> tuple[Structure, Structure]:
    """Return the pages of REST and of the first MCP server."""
    scalar = "'" + text.replace("'", "''") + "'"
    spec = SPEC.replace("TEXT", scalar).replace("PATH", "/things/a&b'c")
    slug = f"things-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    package = compile_text(spec, directory, slug)
    with running(package, "serve", "--mock") as service:
        urls = service.url("rest"), root(service)
        responses = [exactly("GET", url, "/", headers=HTML) for url in urls]
    assert [response.status_code for response in responses] == [200, 200]
    rest, tools = (Structure(response.text) for response in responses)
    assert f"{slug} mcp-config second-mcp --client NAME" not in tools.text
    assert f"{slug} mcp-config things-mcp --client NAME" in tools.text
    return rest, tools


def test_the_commands_work_as_they_stand(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    credentials = {f"MUSEUM_{name}": "x" for name in ("USERNAME", "PASSWORD")}
    spec = tmp_path / "museum.yaml"
    assert main(["import", str(MUSEUM), "-q", "-o", str(spec)]) == 0
    package = compile_spec(spec, tmp_path)
    with running(package, "serve", "--mock", **credentials) as service:
        rest = _answers(exactly("GET", service.url("rest"), "/", headers=HTML).text)
        mcp = _answers(exactly("GET", root(service), "/", headers=HTML).text)

    assert len(rest) == len(mcp) == 8
    assert set(rest) <= {"200", "201", "204"}
    assert set(mcp) == {"200"}


def _answers(page: str) -> list[str]:
    """Run the commands of a page; return the statuses of their answers."""
    commands = [
        unescape(command)
        for command in re.findall("<pre>(.+?)</pre>", page, re.DOTALL)
        if command.startswith("curl ")
    ]
    options = ["-s", "-o", os.devnull, "-w", "%{http_code}"]
    return [
        subprocess.run(
            ["sh", "-c", f"{command} {shlex.join(options)}"],
            stdout=subprocess.PIPE,
            encoding="utf-8",
            timeout=PATIENCE,
            check=True,
        ).stdout
        for command in commands
    ]


def test_a_command_carries_the_credential_of_clients(guarded_service: Service) -> None:
    headers = {**HTML, "Authorization": "Bearer of-clients"}
    response = exactly("GET", guarded_service.url("rest"), "/", headers=headers)
    text = Structure(response.text).text
    assert '-H "Authorization: Bearer $TRAINING_RUNS_REST_TOKEN" ' in text
    assert "of-clients" not in text


GUARDS = {f"TRAINING_RUNS_{name}_TOKEN": "of-clients" for name in ("REST", "MCP")}


@pytest.fixture(scope="module")
def guarded_service(training: Package) -> Iterator[Service]:
    with running(training, "serve", "--mock", **GUARDS) as service:
        yield service


JSON = {"Content-Type": "application/json"}
OPENED = {f"TRAINING_RUNS_{name}_PAGES": "open" for name in ("REST", "MCP")}


def test_only_pages_can_be_opened(training: Package) -> None:
    with running(training, "serve", "--mock", **GUARDS, **OPENED) as service:
        rest, mcp = service.url("rest"), root(service)
        pages = [
            exactly("GET", url, path, headers=HTML)
            for url, path in ((rest, "/"), (rest, "/openapi.json"), (mcp, "/"))
        ]
        route = "/v1/api/v1/training/runs"
        calls = [
            exactly("GET", rest, f"{route}/x", headers=HTML),
            exactly("POST", rest, route, b"{}", JSON),
            exactly("POST", rest, "/"),
            exactly("POST", mcp, "/mcp", b"{}", JSON),
            exactly("GET", rest, "/docs"),
        ]
        elsewhere = {**HTML, "Host": "evil.example"}
        other = exactly("GET", rest, "/", headers=elsewhere)

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert [call.status_code for call in calls] == [401] * 5
    assert "of-clients" not in pages[0].text
    assert other.status_code == 421


def test_the_setting_of_pages_has_two_values(training: Package) -> None:
    process = training.run("serve", "--mock", TRAINING_RUNS_REST_PAGES="1")

    assert process.returncode == 1
    assert "TRAINING_RUNS_REST_PAGES must be open or closed" in process.stderr


@pytest.mark.parametrize("is_guarded", [False, True])
def test_the_host_that_a_client_names_is_no_markup(
    training: Package, is_guarded: bool
) -> None:
    setting = 'import os\nos.environ["TRAINING_RUNS_REST_TOKEN"] = "of-clients"\n'
    process = training.execute(f"{setting if is_guarded else ''}{NAMED_HOST}")

    assert process.stderr == ""
    assert "http://%3Cscript%3E" in process.stdout
    assert "a" * 300 not in process.stdout
    assert process.stdout.count("<script>") == (0 if is_guarded else 1)
    assert ("send the token" in process.stdout) is is_guarded


NAMED_HOST = """
from starlette.testclient import TestClient
from training_runs.rest import create_app

client = TestClient(create_app(guards=[]))
host = "<script>\\u00ff" + "a" * 1000
headers = {"accept": "text/html", "host": host.encode("latin-1")}
print(ascii(client.get("/", headers=headers).text))
"""


def test_a_route_of_the_spec_wins(tmp_path: Path) -> None:
    spec = SPEC.replace("TEXT", HARMLESS).replace("PATH", "/")
    package = compile_text(spec.partition("  - type: mcp")[0], tmp_path)
    with running(package, "serve", "--mock") as service:
        response = exactly("GET", service.url("rest"), "/", headers=HTML)

    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    readme = (package.project / "README.md").read_text("utf-8")
    assert "shows a page" not in readme


def test_the_pages_have_the_same_headers(mock_service: Service) -> None:
    rest, mcp = (
        exactly("GET", url, "/", headers=HTML).headers
        for url in (mock_service.url("rest"), root(mock_service))
    )

    varying = {"date", "content-length", "x-request-id"}
    assert [h for h in mcp.multi_items() if h[0] not in varying] == [
        h for h in rest.multi_items() if h[0] not in varying
    ]


def root(service: Service) -> str:
    """Return the root of the port of an MCP server."""
    return service.url("mcp").removesuffix("/mcp")
