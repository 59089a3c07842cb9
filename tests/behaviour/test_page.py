"""The addresses that `serve` prints, opened by people: pages that can be read."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from exact_http import exactly
from service import Package, Service, compiled, running, written

SPEC = """\
naftiko: 1.0.0-alpha2
info: {{label: {text}, description: {text}}}
capability:
  consumes:
  - type: http
    namespace: things
    baseUri: https://api.example.com
    resources:
    - name: thing
      path: /things/{{{{name}}}}
      operations:
      - {{name: get, method: GET}}
      - {{name: store, method: PUT, inputParameters: [{{name: body, in: body}}]}}
  exposes:
  - type: rest
    namespace: things-rest
    port: 8080
    resources:
    - path: {path}
      operations:
      - {{method: GET, description: {text}, call: things.get, with: {{name: x}}}}
"""
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
TITLE = "Prime Intellect Training API — Runs"
LAUNCH = "Launch a dedicated RL training run against a hosted base model."
HARMLESS = "A harmless text."
HOSTILE = (
    "</title></style><script>alert(1)</script>&lt;b&gt; \" ' <img src=x onerror=x>",
    "</pre></p></h1><!-- ]]> --> <base href=//evil.example>",
)
"""Texts that would be other markup if they weren't escaped."""


class Structure(HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""
        self.style = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "style" and not self.style:
            self.style = data
        else:
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


@pytest.fixture(scope="module")
def training_service(training: Package, services: Callable[..., Service]) -> Service:
    return services(training, "serve", "--mock")


def test_the_address_of_a_rest_adapter_is_a_page(training_service: Service) -> None:
    url = training_service.url("rest")

    response = exactly("GET", url, "/", headers=HTML)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    page = Structure(response.text)
    assert f"<title>{TITLE}</title>\n" in response.text
    assert "POST /v1/api/v1/training/runs\n" in page.text
    assert (
        "Launch a dedicated RL training run against a hosted base model." in page.text
    )
    assert f"curl -X POST {url}/v1/api/v1/training/runs -H" in page.text
    links = [dict(some)["href"] for tag, some in page.elements if tag == "a"]
    assert links == ["openapi.json"]
    assert "script" not in dict(page.elements)


def test_the_policy_of_the_page_allows_its_style_alone(
    training_service: Service,
) -> None:
    response = exactly("GET", training_service.url("rest"), "/", headers=HTML)

    page = Structure(response.text)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert policy[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "frame-ancestors 'none'" in policy
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"style=|\bon\w+=|javascript:", response.text)


@pytest.mark.parametrize(
    "accepted", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}]
)
def test_other_clients_get_an_index(
    accepted: dict[str, str], training_service: Service
) -> None:
    response = exactly("GET", training_service.url("rest"), "/", headers=accepted)

    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Vary"] == "accept"
    index = response.json()
    assert index["links"] == ["/openapi.json"]
    assert index["routes"][0] == {
        "method": "POST",
        "path": "/v1/api/v1/training/runs",
        "description": LAUNCH,
    }


def test_the_page_answers_head_and_refuses_other_methods(
    training_service: Service,
) -> None:
    url = training_service.url("rest")

    page = exactly("GET", url, "/", headers=HTML)
    head = exactly("HEAD", url, "/", headers=HTML)
    posted = exactly("POST", url, "/", headers=HTML)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(page.content))
    assert (posted.status_code, posted.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_a_spec_are_no_markup(text: str, tmp_path: Path) -> None:
    shown, harmless = (_page(prose, tmp_path) for prose in (text, HARMLESS))

    assert shown.elements == harmless.elements
    assert text in shown.text


def _page(text: str, directory: Path) -> Structure:
    quoted = "'" + text.replace("'", "''") + "'"
    spec = SPEC.format(text=quoted, path="/things/a&b'c")
    slug = f"things-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    package = written(spec, directory, slug)
    with running(package, "serve", "--mock") as service:
        response = exactly("GET", service.url("rest"), "/", headers=HTML)
    assert response.status_code == 200
    return Structure(response.text)


def test_a_command_has_all_that_a_route_requires(tmp_path: Path) -> None:
    package = compiled(Path(__file__).with_name("shop.yaml"), tmp_path)
    names = ("USER", "PASSWORD", "HEADER_KEY", "QUERY_KEY")
    credentials = {f"SHOP_{name}": "x" for name in names}
    with running(package, "serve", "--mock", **credentials) as service:
        url = service.url("rest")
        response = exactly("GET", url, "/", headers=HTML)

    text = Structure(response.text).text
    assert f"curl --globoff '{url}/items?q={{q}}'\n" in text
    assert f"curl --globoff '{url}/files/{{id}}'\n" in text
    assert f"curl {url}/summary\n" in text


def test_a_command_carries_the_credential_of_clients(training: Package) -> None:
    clients = "of-clients"
    guard = {"TRAINING_RUNS_REST_TOKEN": clients}
    with running(training, "serve", "--mock", **guard) as service:
        url = service.url("rest")
        headers = {**HTML, "Authorization": f"Bearer {clients}"}
        response = exactly("GET", url, "/", headers=headers)

    text = Structure(response.text).text
    assert 'curl -H "Authorization: Bearer $TRAINING_RUNS_REST_TOKEN" ' in text
    assert "The credential is in a variable of your shell" in text
    assert clients not in text


@pytest.fixture(scope="module")
def guarded_service(training: Package) -> Iterator[Service]:
    guards = {f"TRAINING_RUNS_{name}_TOKEN": "of-clients" for name in ("REST", "MCP")}
    with running(training, "serve", "--mock", **guards) as service:
        yield service


@pytest.mark.parametrize(
    ("adapter", "path"), [("rest", "/"), ("rest", "/docs"), ("mcp", "/")]
)
def test_a_guarded_page_says_how_to_send_the_credential(
    adapter: str, path: str, guarded_service: Service
) -> None:
    url = guarded_service.url(adapter).removesuffix("/mcp")

    response = exactly("GET", url, path, headers=HTML)

    assert response.status_code == 401
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["WWW-Authenticate"].startswith("Bearer realm=")
    # A browser obeys all policies of a response: a second one would forbid the style.
    [policy] = response.headers.get_list("Content-Security-Policy")
    assert "style-src 'sha256-" in policy
    page = Structure(response.text)
    assert "send the token as Authorization: Bearer" in page.text
    variable = f"$TRAINING_RUNS_{adapter.upper()}_TOKEN"
    command = f'curl -H "Authorization: Bearer {variable}" {url}{path}'
    assert f"{command}\n" in page.text
    assert TITLE not in response.text


@pytest.mark.parametrize(
    ("path", "accepted"),
    [("/", {}), ("/", {"Accept": "application/json"}), ("/openapi.json", HTML)],
)
def test_other_refusals_are_problem_documents(
    path: str, accepted: dict[str, str], guarded_service: Service
) -> None:
    url = guarded_service.url("rest")

    response = exactly("GET", url, path, headers=accepted)

    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"


def test_another_host_gets_no_page(guarded_service: Service) -> None:
    headers = {**HTML, "Host": "evil.example"}

    response = exactly("GET", guarded_service.url("rest"), "/", headers=headers)

    assert response.status_code == 421
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("is_guarded", [False, True])
def test_the_host_that_a_client_names_is_no_markup(
    training: Package, is_guarded: bool
) -> None:
    setting = 'import os\nos.environ["TRAINING_RUNS_REST_TOKEN"] = "of-clients"\n'
    done = training.execute(f"{setting if is_guarded else ''}{NAMED_HOST}")

    assert done.stderr == ""
    assert "&lt;script&gt;" in done.stdout
    assert "<script>" not in done.stdout
    assert ("send the token" in done.stdout) is is_guarded


NAMED_HOST = """
from starlette.testclient import TestClient
from training_runs.rest import create_app

client = TestClient(create_app(guards=[]))
headers = {"accept": "text/html", "host": "<script>\\u00ff".encode("latin-1")}
print(ascii(client.get("/", headers=headers).text))
"""


def test_a_route_of_the_spec_wins(tmp_path: Path) -> None:
    package = written(SPEC.format(text=HARMLESS, path="/"), tmp_path)
    with running(package, "serve", "--mock") as service:
        response = exactly("GET", service.url("rest"), "/", headers=HTML)

    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    readme = (package.project / "README.md").read_text("utf-8")
    assert "shows a page" not in readme


def test_the_address_of_an_mcp_server_names_it(
    training_service: Service,
) -> None:
    response = exactly("GET", training_service.url("mcp"), "/mcp", headers=HTML)

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "MCP client" in response.text


# --- MCP -------------------------------------------------------------------------


def test_the_root_of_an_mcp_server_is_a_page(training_service: Service) -> None:
    url = root(training_service)

    response = exactly("GET", url, "/", headers=HTML)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>training-runs-mcp</title>\n" in response.text
    page = Structure(response.text)
    assert f"{url}/mcp\n" in page.text
    assert "training-runs mcp-config --client NAME\n" in page.text
    assert "prime-intellect-createrun\n" in page.text
    assert LAUNCH in page.text
    assert "Inputs: " in page.text
    assert "With --http the client calls a server that runs" in page.text
    assert "script" not in dict(page.elements)


def test_the_pages_have_the_same_headers(training_service: Service) -> None:
    rest, mcp = (
        exactly("GET", url, "/", headers=HTML).headers
        for url in (training_service.url("rest"), root(training_service))
    )

    varying = {"date", "content-length", "x-request-id"}
    assert [h for h in mcp.multi_items() if h[0] not in varying] == [
        h for h in rest.multi_items() if h[0] not in varying
    ]


@pytest.mark.parametrize(
    "accepted", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}]
)
def test_other_clients_get_the_tools_of_an_mcp_server(
    accepted: dict[str, str], training_service: Service
) -> None:
    url = root(training_service)

    response = exactly("GET", url, "/", headers=accepted)

    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Vary"] == "accept"
    index = response.json()
    assert index["name"] == "training-runs-mcp"
    assert index["url"] == f"{url}/mcp"
    assert index["configure"] == "training-runs mcp-config --client NAME"
    assert index["tools"][0]["name"] == "prime-intellect-createrun"
    assert LAUNCH in index["tools"][0]["description"]
    assert index["tools"][0]["inputs"] == ["body"]


def test_the_page_of_an_mcp_server_is_read_alone(training_service: Service) -> None:
    url = root(training_service)

    page = exactly("GET", url, "/", headers=HTML)
    head = exactly("HEAD", url, "/", headers=HTML)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(page.content))
    assert exactly("POST", url, "/", headers=HTML).status_code == 404
    assert exactly("GET", url, "/other", headers=HTML).status_code == 404


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Host", "evil.example", 421),
        ("Origin", "https://evil.example", 403),
    ],
)
def test_the_page_of_an_mcp_server_is_guarded(
    header: str, value: str, status: int, training_service: Service
) -> None:
    url = root(training_service)

    response = exactly("GET", url, "/", headers={**HTML, header: value})

    assert response.status_code == status
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert LAUNCH not in response.text


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_a_spec_are_no_markup_in_the_page_of_an_mcp_server(
    text: str, tmp_path: Path
) -> None:
    # As code, Markdown keeps the markup; otherwise, its words are left.
    texts = (f"`{text}`", text, HARMLESS)
    shown, plain, harmless = (_tools_page(prose, tmp_path) for prose in texts)

    assert shown.elements == plain.elements == harmless.elements
    assert text in shown.text


def _tools_page(text: str, directory: Path) -> Structure:
    quoted = "'" + text.replace("'", "''") + "'"
    rest = SPEC.format(text=quoted, path="/things")
    spec = f"{rest[: rest.index('  exposes:')]}{TOOLS.format(text=quoted)}"
    slug = f"tools-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    package = written(spec, directory, slug)
    with running(package, "serve", "--mock") as service:
        response = exactly("GET", root(service), "/", headers=HTML)
    assert response.status_code == 200
    page = Structure(response.text)
    assert f"{slug} mcp-config second-mcp --client NAME\n" not in page.text
    assert f"{slug} mcp-config things-mcp --client NAME\n" in page.text
    return page


TOOLS = """\
  exposes:
  - type: mcp
    namespace: things-mcp
    description: {text}
    port: 9090
    tools:
    - {{name: get, description: {text}, call: things.get, with: {{name: x}}}}
  - type: mcp
    namespace: second-mcp
    port: 9091
    tools:
    - {{name: get, description: {text}, call: things.get, with: {{name: x}}}}
"""


def root(service: Service) -> str:
    """Return the root of the port of an MCP server."""
    return service.url("mcp").removesuffix("/mcp")
