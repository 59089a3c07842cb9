"""Every kind of credential, verified as the servers of its scheme do."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import botocore.auth
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from exchanges import Exchange, exchanges
from mcp import Client
from service import Package, Service, running
from tool_results import text

from certificates import PHRASE, Certificates
from naftiko_runtime.errors import CallError, NoAnswerError
from naftiko_runtime.settings import BaseSettings, Limits
from naftiko_runtime.transport import Reply
from naftiko_runtime.upstream.client import ClientPool
from naftiko_runtime.upstream.credentials import (
    BodyKey,
    OAuth1,
    OAuth2,
    RequestCredential,
    SigV4,
    _base_string,
    _form,
    hmac_signature,
)
from recording_upstream import Answer, Received, RecordingUpstream, recording
from signatures import (
    digest_parameters,
    digest_response,
    oauth1_parameters,
    signed_by_key,
    signed_by_secrets,
    sigv4_signature,
    veracode_signature,
)
from waiting import PATIENCE, eventually

SPEC = Path(__file__).with_name("authentication.yaml")
NAMESPACES = (
    *("RSA", "HMAC_SHA1", "TOKENS", "AWS", "VERACODE", "CHALLENGED", "HEADERS"),
    *("QUERIES", "COOKIE", "BODY", "PATH", "SHARING"),
)
IDENTITY, SECRET, HEX = "me-1", "se:cr%t/SECRET", "0123456789abcdef"
CHALLENGE = (
    "WWW-Authenticate",
    'Digest realm="things", nonce="n1", qop="auth", algorithm=SHA-256, opaque="o"',
)


class VerifyingUpstream(RecordingUpstream):
    """The APIs, and the authorization server of one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.grant = Answer()
        self.granted = 0
        self.refused: set[str] = set()
        """Tokens that aren't taken any more."""
        self.challenge = CHALLENGE

    def begin(self) -> None:
        super().begin()
        self.refused.clear()
        self.grant = Answer(b"")
        self.granted = 0
        self.challenge = CHALLENGE

    def answer_to(self, request: Received, /) -> Answer:
        if request.target == "/token":
            self.granted += 1
            return self.grant if self.grant.body else self._token()
        if request.target.startswith("/challenged"):
            is_known = self.challenge == CHALLENGE
            if is_known and digest_parameters(request).get("nonce") == "n1":
                return self.answer
            return Answer(b"", (self.challenge,), 401)
        authorization = request.field("Authorization") or ""
        if authorization.removeprefix("Bearer ") in self.refused:
            return Answer(b"{}", status=401)
        return self.answer

    def _token(self) -> Answer:
        document = {"access_token": f"token-{self.granted}", "token_type": "Bearer"}
        return Answer(json.dumps({**document, "expires_in": 3600}).encode())

    def at(self, path: str) -> list[Received]:
        return [request for request in self.requests if request.target.startswith(path)]


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    return new_keys()


def new_keys() -> tuple[str, str]:
    """Return a private and a public key."""
    key = generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def recorder() -> VerifyingUpstream:
    return VerifyingUpstream()


@pytest.fixture(scope="module")
async def tls_address(
    recorder: VerifyingUpstream, certificates: Certificates, anyio_backend: str
) -> AsyncIterator[str]:
    async with recording(recorder, certificates.server_context()) as where:
        yield where


@pytest.fixture
def upstream(recorder: VerifyingUpstream) -> VerifyingUpstream:
    recorder.begin()
    return recorder


@pytest.fixture(scope="module")
def variables(
    address: str, tls_address: str, certificates: Certificates, keys: tuple[str, str]
) -> dict[str, str]:
    """Return the environment of the service."""
    roots = {f"{n}_BASE_URI": f"http://{address}/{n.lower()}" for n in NAMESPACES}
    return {
        **roots,
        "CHALLENGED_BASE_URI": f"http://{address}/challenged",
        "CERTIFIED_BASE_URI": f"https://{tls_address}",
        "MY_ID": IDENTITY,
        "MY_SECRET": SECRET,
        "MY_SIGNING_KEY": keys[0],
        "MY_CERTIFICATE": str(certificates.pkcs12),
        "MY_PASSWORD": PHRASE,
        "MY_HEX": HEX,
        "MY_TOKEN_URL": f"http://{address}/token",
        "SSL_CERT_FILE": str(certificates.authority),
    }


@pytest.fixture(scope="module")
def service(package: Package, variables: dict[str, str]) -> Iterator[Service]:
    with running(package, "--log-level", "debug", "serve", **variables) as process:
        yield process


@pytest.fixture
async def tools(service: Service) -> AsyncIterator[Client]:
    async with Client(service.url("agents")) as client:
        yield client


async def succeed(tools: Client, tool: str, /, **arguments: Any) -> None:
    result = await tools.call_tool(tool, arguments)
    assert not result.is_error, text(result)


# --- signatures ---


def by_secrets(request: Received, root: str, _: str) -> bool:
    is_signed = signed_by_secrets(request, root, SECRET, SECRET)
    return is_signed and oauth1_parameters(request)["oauth_token"] == IDENTITY


def as_aws_signs(request: Received, *_: str) -> bool:
    authorization = request.field("Authorization") or ""
    is_scoped = "/us-east-1/ce/aws4_request" in authorization
    signature = sigv4_signature(request, SECRET)
    return is_scoped and authorization.endswith(f"Signature={signature}")


def as_veracode_signs(request: Received, *_: str) -> bool:
    signature = veracode_signature(request, HEX, "1", "127.0.0.1")
    return (request.field("Authorization") or "").endswith(f"sig={signature}")


JSON_BODY = b'{"name":"n"}'
SIGNED: dict[str, tuple[Callable[..., bool], dict[str, str], bytes]] = {
    "rsa-create": (signed_by_key, {"filter_a": "ü & +", "name": "n"}, JSON_BODY),
    "rsa-list": (signed_by_key, {"q": ""}, b""),
    "hmac-list": (by_secrets, {"q": "a b"}, b""),
    "hmac-form": (by_secrets, {"name": "a=b&ü"}, b"name=a%3Db%26%C3%BC"),
    "aws": (as_aws_signs, {"year": "a/b ü", "q": "b &c", "name": "n"}, JSON_BODY),
    "veracode": (as_veracode_signs, {"q": "a b"}, b""),
}


@pytest.mark.parametrize("tool", SIGNED)
async def test_a_signature_covers_the_request(
    tools: Client,
    upstream: VerifyingUpstream,
    address: str,
    keys: tuple[str, str],
    tool: str,
) -> None:
    is_signed, arguments, body = SIGNED[tool]
    await succeed(tools, tool, **arguments)
    assert is_signed(upstream.only, f"http://{address}", keys[1])
    assert upstream.only.body == body


@pytest.mark.parametrize("variable", ["MY_SIGNING_KEY", "MY_SIGNING_KEY_FILE"])
async def test_the_file_of_a_key_is_read_again_when_it_changes(
    package: Package,
    variables: dict[str, str],
    upstream: VerifyingUpstream,
    address: str,
    tmp_path: Path,
    variable: str,
) -> None:
    file = tmp_path / "key.pem"
    first = new_keys()
    contents = (first, ("no key", first[1]), new_keys(), new_keys())
    file.write_text(first[0])
    env = {k: v for k, v in variables.items() if k != "MY_SIGNING_KEY"}
    with running(package, "serve", **{**env, variable: str(file)}) as process:
        async with Client(process.url("agents")) as client:
            for content, public in contents:
                file.write_text(content)
                await succeed(client, "rsa-list", q="")
                request = upstream.requests[-1]
                assert signed_by_key(request, f"http://{address}", public)
    assert process.output.count("MY_SIGNING_KEY must be an RSA key") == 1
    assert "no key" not in process.output


async def test_a_second_sending_has_a_signature_of_its_own(
    tools: Client, upstream: VerifyingUpstream, address: str, keys: tuple[str, str]
) -> None:
    upstream.answer = Answer(fields=(("Retry-After", "0"),), status=503)
    await tools.call_tool("rsa-list", {})
    first, second = upstream.requests
    assert signed_by_key(second, f"http://{address}", keys[1])
    nonces = {oauth1_parameters(request)["oauth_nonce"] for request in (first, second)}
    assert len(nonces) == 2


@pytest.mark.parametrize(
    ("url", "address"),
    [
        # The examples of RFC 5849, 3.4.1.2.
        ("http://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("https://h.example:/x", "https://h.example/x"),
        ("http://h.example:0080", "http://h.example/"),
        ("http://[::1]:81/a%2Fb", "http://[::1]:81/a%2Fb"),
    ],
)
def test_the_address_that_is_signed(url: str, address: str) -> None:
    assert unquote(_base_string("GET", url, []).split(b"&")[1].decode()) == address


@pytest.mark.parametrize(
    ("method", "query", "signature"),
    [
        ("GET", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "POST",
            "",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "GET",
            "?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ],
)
def test_the_published_examples_of_aws(
    monkeypatch: pytest.MonkeyPatch, method: str, query: str, signature: str
) -> None:
    key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    aws = SigV4("AKIDEXAMPLE", key, region="us-east-1", service="service")
    then = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: then)
    url = f"https://example.amazonaws.com/{query}"
    _, _, headers, _ = aws.add((method, url, (), None))
    assert dict(headers)["Authorization"].endswith(f"Signature={signature}")


# --- challenges ---


async def test_a_challenge_is_answered_once_and_remembered(
    tools: Client, upstream: VerifyingUpstream
) -> None:
    await succeed(tools, "digest", q="a b", name="first")
    await succeed(tools, "digest", name="second")
    *challenges, first, second = upstream.requests
    assert [request.field("Authorization") for request in challenges] == [None]
    assert first.json == {"name": "first"}
    for request in (first, second):
        assert digest_parameters(request)["response"] == digest_response(
            request, SECRET
        )
    assert digest_parameters(second)["nc"] == "00000002"


UNANSWERABLE = (
    'Digest realm="things", nonce="SECRET", qop="foo"',
    'Digest realm="things", nonce="SECRET", qop=","',
    'Digest realm="SECRET", qop="auth"',
    'Digest realm="SECRET", nonce="", qop="auth"',
    'Digest nonce="SECRET"',
    'Digest realm="SECRET", nonce="n1", algorithm="X"',
    'Digest realm="SECRET\xff", nonce="n1"',
)
ODD = (
    'Digest realm="things\xc3\xbc", nonce="n2", domain="/other b c:/"',
    'Digest realm="things", nonce="n1", domain="http://[SECRET"',
    'Basic realm="things"',
)
"""Challenges that leave the answer 401 as it is."""
UNANSWERED = "the upstream API asks for HTTP Digest in a way that can't be answered"


async def test_a_bad_challenge_fails_only_its_own_call(
    fresh: Client, upstream: VerifyingUpstream
) -> None:
    """It does before any good challenge, and after one."""
    for challenge in (*UNANSWERABLE, *ODD, "", *UNANSWERABLE, *ODD):
        upstream.challenge = ("WWW-Authenticate", challenge) if challenge else CHALLENGE
        if not challenge:
            await succeed(fresh, "digest", name="n")
            continue
        for _ in range(2):
            upstream.requests.clear()
            result = await fresh.call_tool("digest", {"name": "n"})
            assert result.is_error
            assert ("401" if challenge in ODD else UNANSWERED) in text(result)
            assert len(upstream.requests) == 1 or challenge in ODD
    upstream.challenge = CHALLENGE
    await succeed(fresh, "digest", name="n")


# --- tokens ---


@pytest.fixture
async def fresh(
    package: Package, variables: dict[str, str], upstream: VerifyingUpstream
) -> AsyncIterator[Client]:
    """Open a client of a service that has no token yet."""
    with running(package, "--log-level", "debug", "serve", **variables) as process:
        upstream.requests.clear()
        async with Client(process.url("agents")) as client:
            yield client
    assert SECRET not in process.output
    assert "token-1" not in process.output


async def test_a_token_is_fetched_once(
    fresh: Client, upstream: VerifyingUpstream
) -> None:
    await asyncio.gather(*(succeed(fresh, "tokens-list") for _ in range(20)))
    await succeed(fresh, "tokens-create", name="n")
    assert upstream.granted == 1
    fields = {request.field("Authorization") for request in upstream.at("/tokens")}
    assert fields == {"Bearer token-1"}
    [token_request] = upstream.at("/token?") or [upstream.requests[0]]
    pair = base64.b64encode(b"me-1:se%3Acr%25t%2FSECRET").decode()
    assert token_request.field("Authorization") == f"Basic {pair}"
    assert parse_qs(token_request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["read write"],
    }


async def test_upstreams_of_one_credential_share_its_token(
    fresh: Client, upstream: VerifyingUpstream
) -> None:
    await asyncio.gather(succeed(fresh, "tokens-list"), succeed(fresh, "sharing-list"))
    assert upstream.granted == 1
    [request] = upstream.at("/sharing")
    assert request.field("Authorization") == "Bearer token-1"


async def test_a_refused_token_is_renewed_once(
    fresh: Client, upstream: VerifyingUpstream
) -> None:
    await succeed(fresh, "tokens-list")
    upstream.refused = {"token-1"}
    calls = (succeed(fresh, "tokens-create", name="n") for _ in range(5))
    await asyncio.gather(*calls)
    assert upstream.granted == 2
    # Responses 401 renew a token once in ten seconds: more would be a fetch each call.
    upstream.refused = {"token-2", "token-3", "token-4"}
    for _ in range(5):
        result = await fresh.call_tool("tokens-list", {})
        assert result.is_error
        assert "401" in text(result)
    assert upstream.granted == 2


async def test_a_token_at_its_end_is_replaced(
    fresh: Client, upstream: VerifyingUpstream
) -> None:
    upstream.grant = Answer(b'{"access_token": "short", "expires_in": "0"}')
    await succeed(fresh, "tokens-list")
    await succeed(fresh, "tokens-list")
    assert upstream.granted == 2


@pytest.mark.parametrize(
    "lifetime",
    [
        *("1" + "0" * 400, "-5", "1e300", "true", "[]", "{}"),
        *('"nan"', '"inf"', '"-Infinity"', '"1e999"', '"-1"', '""', '"soon"'),
    ],
)
async def test_a_token_of_no_sane_lifetime_is_kept_until_it_is_refused(
    fresh: Client, upstream: VerifyingUpstream, lifetime: str
) -> None:
    grant = f'{{"access_token": "token-1", "expires_in": {lifetime}}}'
    upstream.grant = Answer(grant.encode())
    await succeed(fresh, "tokens-list")
    await succeed(fresh, "tokens-list")
    assert upstream.granted == 1
    upstream.grant, upstream.refused = Answer(b""), {"token-1"}
    await succeed(fresh, "tokens-list")
    assert upstream.granted == 2


GRANTS = (
    Answer(b'{"error": "invalid_client SECRET"}', status=401),
    Answer(b"SECRET"),
    Answer(b'{"access_token": ""}'),
    Answer(b'{"access_token": "a\\nSECRET"}'),
    Answer(b'{"access_token": "SECRET", "token_type": "mac"}'),
    Answer(b'{"access_token": "SECRET", "expires_in": NaN}'),
)


async def test_without_a_token_nothing_is_sent(
    fresh: Client, upstream: VerifyingUpstream
) -> None:
    for grant in GRANTS:
        upstream.grant = grant
        result = await fresh.call_tool("tokens-create", {"name": "n"})
        assert result.is_error
        assert "the authorization server of the upstream API answered" in text(result)
        assert "SECRET" not in text(result)
    assert upstream.granted == len(GRANTS)
    assert upstream.at("/tokens") == []


async def test_calls_that_wait_for_a_token_are_limited(
    package: Package, variables: dict[str, str], upstream: VerifyingUpstream
) -> None:
    few = {
        "AUTHENTICATION_TIMEOUT": str(PATIENCE),
        "AUTHENTICATION_MAX_CONCURRENCY": "2",
    }
    upstream.requests.clear()
    upstream.gate.clear()
    with running(package, **variables, **few) as process:
        async with Client(process.url("agents")) as client:
            calls = {asyncio.create_task(create(client)) for _ in range(9)}
            waiting = calls
            while len(waiting) > 2:
                _, waiting = await asyncio.wait(
                    waiting, return_when=asyncio.FIRST_COMPLETED
                )
            assert {task.result() for task in calls - waiting} == {
                "503 Service Unavailable: too many calls are in flight"
            }
            assert upstream.at("/tokens") == []
            upstream.gate.set()
            assert await asyncio.gather(*waiting) == ["{}", "{}"]


async def create(client: Client) -> str:
    """Call a tool whose upstream wants a token; return the result's first line."""
    result = await client.call_tool("tokens-create", {"name": "n"})
    return text(result).splitlines()[0]


SERVER = "the authorization server of the upstream API"
TOKENS = "https://b.example/token?tenant=a/b&c=1"
GRANTED = Reply(200, (), b'{"access_token": "t"}')
FAULTS: list[tuple[Reply | Exception | None, str]] = [
    (GRANTED, "200"),
    (Reply(500, (), b""), f"502: {SERVER} answered with the status 500"),
    (NoAnswerError(""), f"502: {SERVER} could not be reached"),
    (None, f"504: {SERVER} did not answer in time"),
]


@pytest.mark.parametrize(("outcome", "answer"), FAULTS)
async def test_one_fetch_serves_a_crowd(
    outcome: Reply | Exception | None, answer: str
) -> None:
    urls: list[str] = []
    arrival, gate = asyncio.Event(), asyncio.Event()

    async def exchange(*request: Any) -> Reply:
        urls.append(request[1])
        if request[1] != TOKENS:
            return Reply(200, (), b"")
        arrival.set()
        await gate.wait()
        if isinstance(outcome, Reply):
            return outcome
        raise outcome or TimeoutError

    async def call() -> str:
        try:
            return str((await api.send("POST", "/things")).status)
        except CallError as error:
            return f"{error.status}: {error}"

    limits = Limits(timeout=PATIENCE if outcome else 1)
    oauth2 = OAuth2("X", TOKENS, "me", "s", limits=limits)
    pool = ClientPool("a", BaseSettings(limits=limits), exchange, ())
    api = pool.private_upstream("https://a.example", oauth2)
    first, *calls = [asyncio.create_task(call()) for _ in range(500)]
    await arrival.wait()
    first.cancel()
    await asyncio.wait([first])
    if outcome:
        gate.set()
    assert {*await asyncio.gather(*calls)} == {answer}
    assert urls == [TOKENS] + ["https://a.example/things"] * (answer == "200") * 499


# --- client certificates ---


@pytest.mark.parametrize(("kind", "workers"), [("pkcs12", "1"), ("pem", "2")])
async def test_a_client_certificate(
    package: Package,
    variables: dict[str, str],
    certificates: Certificates,
    upstream: VerifyingUpstream,
    kind: str,
    workers: str,
) -> None:
    environment = {**variables, "MY_CERTIFICATE": str(getattr(certificates, kind))}
    with running(package, "serve", "--workers", workers, **environment) as process:
        async with Client(process.url("agents")) as client:
            await succeed(client, "certificate")
            await succeed(client, "cookie")
    assert [request.target for request in upstream.requests] == [
        "/things",
        "/cookie/things",
    ]


async def test_a_certificate_that_is_replaced_is_presented(
    package: Package,
    variables: dict[str, str],
    certificates: Certificates,
    upstream: VerifyingUpstream,
    tmp_path: Path,
) -> None:
    path, password = tmp_path / "client.pem", tmp_path / "password"
    path.write_bytes(certificates.pem.read_bytes())
    password.write_text(f"{PHRASE}\n")
    others = {k: v for k, v in variables.items() if k != "MY_PASSWORD"}
    env = {"MY_CERTIFICATE": str(path), "MY_PASSWORD_FILE": str(password)}
    with running(package, "serve", **{**others, **env}) as process:
        async with Client(process.url("agents")) as client:
            await succeed(client, "certificate")
            certificates.write_client("successor")
            path.write_bytes(certificates.pem.read_bytes())
            await succeed(client, "certificate")
            path.unlink()
            await succeed(client, "certificate")
    callers = [request.caller for request in upstream.requests]
    assert callers == ["client", "successor", "successor"]
    assert process.output.count("the file in MY_CERTIFICATE can't be read") == 1


# --- keys ---


@exchanges("authentication")
async def test_an_exchange_has_its_credential(
    exchange: Exchange, service: Service, upstream: VerifyingUpstream
) -> None:
    await exchange.check(service, upstream)


async def test_a_part_of_the_body(tools: Client, upstream: VerifyingUpstream) -> None:
    await succeed(tools, "body-parts", name="a b")
    disposition = b'Content-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    for name, content in (("name", "a b"), ("identifier", SECRET)):
        part = disposition % (name.encode(), content.encode())
        assert part in upstream.only.body


FORM = (("Content-Type", "Application/x-www-form-urlencoded; charset=utf-8"),)
KEY = BodyKey("identifier", "SE CRET")
OAUTH1 = OAuth1("me", hmac_signature("HMAC-SHA1", "s"))


@pytest.mark.parametrize(
    ("body", "form_sent"),
    [
        (None, "identifier=SE+CRET"),
        (b"", "identifier=SE+CRET"),
        (b"a=%ff&b=%2B+%20&c&&d=", "a=%ff&b=%2B+%20&c&&d=&identifier=SE+CRET"),
        ("ü=ä".encode(), "ü=ä&identifier=SE+CRET"),
        (b"identifier=x&%69dentifier=y&identifier&a=1", "a=1&identifier=SE+CRET"),
    ],
)
def test_a_form_keeps_its_other_fields_as_written(
    body: bytes | None, form_sent: str
) -> None:
    *_, form = KEY.add(("POST", "https://a.example", FORM, body))
    assert (form or b"").decode() == form_sent


@pytest.mark.parametrize(
    ("credential", "headers", "body", "fault"),
    [
        (KEY, FORM, b"a=\xff", "the request body must be a form in UTF-8"),
        (OAUTH1, FORM, b"a=\xff", "the request body must be a form in UTF-8"),
        (KEY, (), b"[1]", "the body must be a JSON object"),
        (KEY, (), b"text", "the body must be a JSON object"),
    ],
)
def test_a_body_that_takes_no_credential_is_refused(
    credential: RequestCredential,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    fault: str,
) -> None:
    with pytest.raises(CallError, match=fault) as error:
        credential.add(("POST", "https://a.example", headers, body))
    assert error.value.status == 400


def test_the_bytes_of_a_form_are_signed() -> None:
    form = _form(FORM, b"a=%ff+%C3%BC")
    text = _base_string("POST", "https://a.example", form)
    assert text.endswith(b"&a%3D%25FF%2520%25C3%25BC")


# --- mistakes ---


@pytest.mark.parametrize(
    "command", ["serve", "serve --workers 2", "mcp", "mcp --stdio"]
)
@pytest.mark.parametrize(
    ("variable", "value", "fault"),
    [
        ("MY_SIGNING_KEY", "SECRET", "MY_SIGNING_KEY must be an RSA key in PEM"),
        ("MY_CERTIFICATE", "/SECRET", "MY_CERTIFICATE must be the path of a certif"),
        ("MY_PASSWORD", "SECRET", "MY_CERTIFICATE must be the path of a certificate"),
        ("MY_HEX", "SECRET", "MY_HEX must be a hexadecimal key"),
        ("MY_TOKEN_URL", "http://[SECRET", "MY_TOKEN_URL must make an http(s) URL"),
        ("MY_TOKEN_URL", "http://a:99999/SECRET", "MY_TOKEN_URL must make an http(s)"),
        ("MY_TOKEN_URL", "https://a:SECRET@b/t", "MY_TOKEN_URL must make an http(s)"),
        ("MY_ID", "a:b", "the user name of HTTP Digest can't contain a colon"),
    ],
)
def test_keys_that_cannot_sign_end_the_start(
    package: Package,
    variables: dict[str, str],
    command: str,
    variable: str,
    value: str,
    fault: str,
) -> None:
    wrong = {**package.free_ports(), **variables, variable: value}
    process = package.run(*command.split(), **wrong)
    assert process.returncode == 1
    assert process.stdout == ""
    [line] = process.stderr.splitlines()
    assert line.startswith(f"authentication: {fault}")
    assert "SECRET" not in line


async def test_the_mock_needs_no_credential(package: Package) -> None:
    with running(package, "serve", "--mock") as process:
        async with Client(process.url("agents")) as client:
            for tool in (
                "rsa-list",
                "tokens-list",
                "veracode",
                "digest",
                "certificate",
            ):
                arguments = {"name": "n"} if tool == "digest" else {}
                await succeed(client, tool, **arguments)


def test_settings_hide_the_keys_of_signatures(package: Package) -> None:
    process = package.execute(f"""if True:
        import dataclasses, {package.module} as package
        names = [f.name for f in dataclasses.fields(package.Settings)]
        given = {{name: "SECRET" for name in names if name.startswith("my_")}}
        given.pop("my_certificate")  # a path
        given.pop("my_token_url")
        print(package.Settings(my_certificate="", my_token_url="", **given))
        """)
    assert process.stdout.startswith("Settings(")
    assert "SECRET" not in process.stdout


async def test_no_secret_is_logged(
    service: Service, tools: Client, upstream: VerifyingUpstream
) -> None:
    for tool in ("rsa-list", "hmac-list", "aws", "veracode", "queries", "path"):
        await tools.call_tool(tool, {"year": "1", "name": "n"} if tool == "aws" else {})
    assert upstream.requests
    eventually(lambda: "INFO" in service.output)
    secrets = (SECRET, "se%3Acr", "PRIVATE KEY", HEX, PHRASE)
    assert [secret for secret in secrets if secret in service.output] == []
    assert not re.search("oauth_signature|Signature=|StringToSign", service.output)
