"""Credentials: texts in a request, signatures, HTTP Digest, and tokens of OAuth 2.0."""

import asyncio
import hashlib
import hmac
import logging
import math
import re
import secrets
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlencode, urlsplit
from urllib.request import parse_http_list

from ..errors import CallError, InvalidInputError, RequestError, SettingsError
from ..observing.calls import FETCHES_CREDENTIAL, HOSTS
from ..settings import Limits, endpoint
from ..transport import FORM, Credential, Headers, Reply, Transport
from ..values import HEADER_VALUE, json_bytes, parse
from .client import Mask, Pool, refusing
from .connection import authority, phase, split_url
from .requests import EXCHANGE, IS_OVER, ConcurrencyLimit, Request, basic, log_failure

COOKIE = "Cookie"
HASHES = {
    "MD5": "md5",
    "SHA": "sha1",
    **{f"SHA{dash}{bits}": f"sha{bits}" for dash in ("", "-") for bits in (256, 512)},
}
SESSION = "-SESS"
PROTECTIONS = ("auth-int", "auth")
REPEATED = ("realm", "nonce", "opaque", "algorithm", "qop")
"""The parameters of a challenge that the response repeats."""
UNQUOTED = frozenset({"algorithm", "nc", "qop"})
EARLY = 30.0
"""Seconds before its expiry at which a token isn't used any more."""
LATE = "did not answer in time"
RENEWAL = 10.0
"""Seconds in which responses 401 renew a token at most once."""
LIFETIME = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?")
# The bytes of a form are signed even if they aren't UTF-8.
_escape = partial(quote, safe="", errors="surrogateescape")
_fields = partial(parse_qsl, keep_blank_values=True, errors="surrogateescape")
Parameters = list[tuple[str, str]]
Alternative = tuple[Sequence[str], Credential | None]
"""A credential and its variables; None and no variables stand for no credential."""


class RequestCredential(ABC):
    """A credential that changes each request, and anew when it is repeated."""

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential to each request."""

        def send(*request: *Request) -> Awaitable[Reply]:
            return exchange(*self.add(request))

        return send

    @abstractmethod
    def add(self, request: Request) -> Request:
        """Return a request with the credential."""


class HeaderKeys(RequestCredential):
    """Credentials in headers."""

    def __init__(self, *fields: tuple[str, str]) -> None:
        self._fields: Headers = fields

    def add(self, request: Request) -> Request:
        """Return a request with the headers."""
        method, url, headers, body = request
        return method, url, (*headers, *self._fields), body


class QueryKeys(RequestCredential):
    """Credentials in the query."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self._query = urlencode(pairs, quote_via=quote)

    def add(self, request: Request) -> Request:
        """Return a request with the parameters."""
        method, url, headers, body = request
        separator = "&" if "?" in url else "?"
        return method, f"{url}{separator}{self._query}", headers, body


class OneCookieHeader(RequestCredential):
    """A credential whose cookie is in the same header as the others (RFC 6265, 5.4)."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential, and joins all cookies."""
        return self._credential.over(super().over(exchange))

    def add(self, request: Request) -> Request:
        """Return a request with one header of all its cookies, if it has several."""
        method, url, headers, body = request
        cookies = [value for name, value in headers if name == COOKIE]
        if len(cookies) < 2:
            return request
        others = [field for field in headers if field[0] != COOKIE]
        return method, url, (*others, (COOKIE, "; ".join(cookies))), body


class FirstSet:
    """The first of several credentials that is set.

    If none is set, requests are refused, and the refusal names the variables.
    """

    def __init__(self, unset: frozenset[str], *alternatives: Alternative) -> None:
        self._unset = unset
        self._alternatives = alternatives

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential to each request."""
        for names, credential in self._alternatives:
            if self._unset.isdisjoint(names):
                return credential.over(exchange) if credential else exchange
        choices = ", or ".join(" and ".join(names) for names, _ in self._alternatives)
        return refusing(f"set the environment variable {choices}")


class BodyKey(RequestCredential):
    """A credential in the JSON object or form of a request.

    A request without a body gets a JSON object only with the credential. A multipart
    body isn't changed: it already has the credential as a part.
    """

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def add(self, request: Request) -> Request:
        """Return a request with the credential in its body."""
        method, url, headers, body = request
        kind = _media_type(headers)
        if kind == "multipart/form-data":
            return request
        if kind == FORM:
            return method, url, headers, self._form(body)
        if kind is None:
            headers = (*headers, ("Content-Type", "application/json"))
        return method, url, headers, self._object(body)

    def _form(self, body: bytes | None) -> bytes:
        """Add the field to a form; the other fields keep their encoding."""
        text = _form_text(body)
        fields = text.split("&") if text else []
        others = [f for f in fields if unquote_plus(f.partition("=")[0]) != self._name]
        return "&".join([*others, urlencode([(self._name, self._value)])]).encode()

    def _object(self, body: bytes | None) -> bytes:
        """Set the member in a JSON object; it overrides the client's value."""
        try:
            # The parser takes no subclass of bytes, as the body of a forward is.
            members: Any = parse(bytes(body)) if body else {}
        except ValueError:
            members = None
        if not isinstance(members, dict):
            raise CallError(400, "Bad Request", "the body must be a JSON object")
        return json_bytes({**members, self._name: self._value})


def _media_type(headers: Headers) -> str | None:
    """Return the media type of a request body, without parameters, or None."""
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    return kinds[-1].partition(";")[0].strip().lower() if kinds else None


def _form_text(body: bytes | None) -> str:
    """Return the text of a form; raises InvalidInputError unless it is UTF-8."""
    try:
        return (body or b"").decode()
    except UnicodeDecodeError:
        fault = "must be a form in UTF-8"
        raise InvalidInputError("the request body", fault) from None


class Hmac(RequestCredential):
    """A signer of requests with an API key.

    Raises SettingsError, which names the variable `name`, unless the key is
    hexadecimal.
    """

    def __init__(self, api_id: str, name: str, api_key: str) -> None:
        # In some regions credentials have a prefix, which isn't used for signing.
        self._api_id = api_id.rpartition("-")[2]
        try:
            self._key = bytes.fromhex(api_key.rpartition("-")[2])
        except ValueError:
            raise SettingsError.of(name, "must be a hexadecimal key") from None

    def add(self, request: Request) -> Request:
        """Return a request whose method and URL are signed."""
        method, url, headers, body = request
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
        text = f"id={self._api_id}&host={parts.hostname}&url={target}&method={method}"
        nonce, stamp = secrets.token_bytes(16), str(time.time_ns() // 1_000_000)
        key = self._key
        for part in (nonce, stamp.encode(), b"vcode_request_version_1"):
            key = hmac.digest(key, part, "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        fields = f"id={self._api_id},ts={stamp},nonce={nonce.hex()},sig={signature}"
        field = ("Authorization", f"VERACODE-HMAC-SHA-256 {fields}")
        return method, url, (*headers, field), body


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature method, which signs the base string of a request.

    With `hashes_body`, the SHA-256 digest of the body is a signed parameter. Without
    it, the fields of a form are signed parameters, and other bodies aren't signed.
    """

    method: str
    sign: Callable[[bytes], bytes]
    hashes_body: bool = False


def hmac_signature(method: str, secret: str, token_secret: str = "") -> Signature:
    """Return the method HMAC-SHA1 or HMAC-SHA256, which signs with shared secrets."""
    key = f"{_escape(secret)}&{_escape(token_secret)}".encode()
    algorithm = method.removeprefix("HMAC-").lower()
    return Signature(method, lambda text: hmac.digest(key, text, algorithm))


class OAuth1(RequestCredential):
    """A signer of requests with a consumer key and perhaps a token."""

    def __init__(
        self, consumer_key: str, signature: Signature, token: str | None = None
    ) -> None:
        self._consumer_key = consumer_key
        self._signature = signature
        self._token = token

    def add(self, request: Request) -> Request:
        """Return a request with its signature (RFC 5849, section 3.5.1)."""
        method, url, headers, body = request
        parameters = self._parameters(body)
        form = [] if self._signature.hashes_body else _form(headers, body)
        text = _base_string(method, url, [*parameters, *form])
        signature = b64encode(self._signature.sign(text)).decode()
        parameters.append(("oauth_signature", signature))
        pairs = (f'{name}="{_escape(value)}"' for name, value in parameters)
        field = ("Authorization", "OAuth " + ", ".join(pairs))
        return method, url, (*headers, field), body

    def _parameters(self, body: bytes | None) -> Parameters:
        """Return the OAuth parameters of a request, without the signature."""
        parameters = [
            ("oauth_consumer_key", self._consumer_key),
            ("oauth_nonce", secrets.token_hex(16)),
            ("oauth_signature_method", self._signature.method),
            ("oauth_timestamp", str(int(time.time()))),
            ("oauth_version", "1.0"),
        ]
        if self._token is not None:
            parameters.append(("oauth_token", self._token))
        if self._signature.hashes_body:
            digest = b64encode(hashlib.sha256(body or b"").digest()).decode()
            parameters.append(("oauth_body_hash", digest))
        return parameters


def _base_string(method: str, url: str, parameters: Parameters) -> bytes:
    """Return the base string: the method, the URL and the sorted parameters."""
    parts = urlsplit(url)
    fields = (*parameters, *_fields(parts.query))
    pairs = sorted((_escape(name), _escape(value)) for name, value in fields)
    query = "&".join(map("=".join, pairs))
    # The host as in the header `Host`, without the scheme's default port.
    root = f"{parts.scheme}://{authority(parts)}{parts.path or '/'}"
    return "&".join(map(_escape, (method, root, query))).encode()


def _form(headers: Headers, body: bytes | None) -> Parameters:
    """Return the fields of a URL-encoded form; none for other bodies."""
    return _fields(_form_text(body)) if _media_type(headers) == FORM else []


class SigV4(RequestCredential):
    """A signer of requests with AWS credentials (Signature Version 4)."""

    def __init__(
        self,
        access_key_id: str,
        secret_key: str,
        *,
        region: str,
        service: str,
        session_token: str | None = None,
    ) -> None:
        # Importing it takes 0.2 s, which commands without requests needn't spend, and
        # packages with other credentials don't have it.
        auth = import_module("botocore.auth")
        # Its debug messages contain session tokens and the queries of clients.
        logging.getLogger(auth.__name__).setLevel(logging.INFO)
        scheme = auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth
        keys = import_module("botocore.credentials").Credentials
        credentials = keys(access_key_id, secret_key, session_token)
        self._signer = scheme(credentials, service, region)
        self._request = import_module("botocore.awsrequest").AWSRequest

    def add(self, request: Request) -> Request:
        """Return a request with a signature, of no header that proxies may change."""
        method, url, headers, body = request
        signs = re.compile("content-type|x-amz-.*", re.IGNORECASE).fullmatch
        covered_fields = {name: value for name, value in headers if signs(name)}
        aws_request = self._request(method, url, covered_fields, body)
        self._signer.add_auth(aws_request)
        fields = aws_request.headers.items()
        signature = [(n, str(value)) for n, value in fields if n not in covered_fields]
        return method, url, (*headers, *signature), body


class Digest:
    """The credential of a user (RFC 7616); raises SettingsError for an invalid name.

    A challenge means that the upstream refused the request, so a request of any method
    is sent again with the credential. Later requests carry it from the start.
    """

    def __init__(self, username: str, password: str) -> None:
        if ":" in username:
            raise SettingsError("the user name of HTTP Digest can't contain a colon")
        self._username = username
        self._password = password
        self._root = ""
        """The origin that is called first; others get no response to a challenge."""
        self._challenge: Mapping[str, str] = {}
        self._count = 0

    def over(self, exchange: Transport) -> Transport:
        """Return a transport over the pool that responds to challenges.

        A transport other than the pool is returned unchanged: it authenticates itself.
        """
        if not isinstance(exchange, Pool):
            return exchange
        # Each upstream has a last challenge of its own.
        return partial(copy(self)._send, exchange)

    async def _send(self, exchange: Transport, *request: *Request) -> Reply:
        """Send a request, and once more if the response is a challenge."""
        method, url, headers, body = request
        root, target = split_url(url)
        self._root = self._root or root
        if root != self._root:
            return await exchange(*request)
        parts = method, target, body or b""
        fields = (self._field(*parts),) if self._challenge else ()
        reply = await exchange(method, url, (*headers, *fields), body)
        challenge = _challenge(reply) if reply.status == 401 else {}
        if not challenge:
            return reply
        if challenge["nonce"] != self._challenge.get("nonce"):
            self._count = 0
        self._challenge = challenge
        return await exchange(method, url, (*headers, self._field(*parts)), body)

    def _field(self, method: str, target: str, body: bytes) -> tuple[str, str]:
        """Return the header that responds to the last challenge."""
        self._count += 1
        fields = {"username": self._username, **self._challenge, "uri": target}
        fields["cnonce"] = secrets.token_hex(8)
        if "qop" in fields:
            fields["nc"] = f"{self._count:08x}"
        fields["response"] = response(fields, self._password, method, body)
        if "qop" not in fields:
            del fields["cnonce"]
        return "Authorization", "Digest " + ", ".join(map(_parameter, fields.items()))


def response(fields: Mapping[str, str], password: str, method: str, body: bytes) -> str:
    """Return the proof of RFC 7616, section 3.4.1."""
    algorithm, nonce, cnonce = fields["algorithm"], fields["nonce"], fields["cnonce"]

    def digest(*parts: str | bytes) -> str:
        texts = (part if isinstance(part, bytes) else part.encode() for part in parts)
        name = HASHES[algorithm.upper().removesuffix(SESSION)]
        return hashlib.new(name, b":".join(texts), usedforsecurity=False).hexdigest()

    user = digest(fields["username"], fields["realm"], password)
    if algorithm.upper().endswith(SESSION):
        user = digest(user, nonce, cnonce)
    qop = fields.get("qop")
    content = [digest(body)] if qop == "auth-int" else []
    counts = [fields["nc"], cnonce, qop] if qop else []
    return digest(user, nonce, *counts, digest(method, fields["uri"], *content))


def _parameter(field: tuple[str, str]) -> str:
    name, value = field
    if name in UNQUOTED:
        return f"{name}={value}"
    text = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{text}"'


def _challenge(reply: Reply) -> Mapping[str, str]:
    """Return the parameters of a challenge to repeat, none for other schemes.

    `qop` is the strongest protection that it offers. Raises CallError for a challenge
    that can't be answered.
    """
    values = reply.headers.all("WWW-Authenticate")
    text = next((value for value in values if value[:7].lower() == "digest "), None)
    if text is None:
        return {}
    fields = {"algorithm": "MD5"}
    for item in parse_http_list(text[7:].encode("latin-1").decode("utf-8", "replace")):
        name, _, value = map(str.strip, item.partition("="))
        if " " in name:
            break  # another scheme begins
        fields[name] = value[1:-1] if value[:1] == '"' else value
    offers = [offer.strip() for offer in fields.pop("qop", "").split(",")]
    protection = next((name for name in PROTECTIONS if name in offers), None)
    if (
        "realm" in fields
        and fields.get("nonce")
        and (protection or offers == [""])
        and fields["algorithm"].upper().removesuffix(SESSION) in HASHES
        and "\ufffd" not in "".join(fields.values())
    ):
        fields |= {"qop": protection} if protection else {}
        return {name: fields[name] for name in REPEATED if name in fields}
    detail = "the upstream API asks for HTTP Digest in a way that can't be answered"
    raise CallError(502, "Bad Gateway", detail)


class Token(NamedTuple):
    """The header of an access token, its end by the monotonic clock, and its mask."""

    field: tuple[str, str]
    end: float
    mask: Mask


class OAuth2:
    """A source of access tokens, which adds the same token to all requests (RFC 6749).

    A response 401 means that the upstream did nothing. So the token is renewed, and a
    request of any method is sent again. Within 10 seconds of such a renewal, clients
    get the response 401 instead. Raises SettingsError, which names the variable `name`,
    unless the endpoint is a URL.
    """

    def __init__(
        self,
        name: str,
        token_endpoint: str,
        client_id: str,
        client_secret: str,
        *,
        limits: Limits,
        **parameters: str,
    ) -> None:
        self._timeout = limits.timeout
        self._room = ConcurrencyLimit(limits)
        self._endpoint = endpoint(name, token_endpoint)
        HOSTS.add(urlsplit(self._endpoint).hostname or "")
        self._headers: Headers = (
            ("Accept", "application/json"),
            ("Content-Type", FORM),
            ("User-Agent", "naftiko-runtime"),
            # RFC 6749, 2.3.1: both are first encoded like the fields of a form.
            ("Authorization", basic(quote_plus(client_id), quote_plus(client_secret))),
        )
        grant = {"grant_type": "client_credentials", **parameters}
        self._grant = urlencode(grant).encode()
        self._token: Token | None = None
        self._next_renewal = 0.0
        self._fetch: asyncio.Task[Token | CallError] | None = None

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds a token to each request and passes it on."""
        return partial(self._send, exchange)

    async def _send(self, exchange: Transport, *request: *Request) -> Reply:
        method, url, headers, body = request
        token = await self._valid_token(exchange)
        reply = await exchange(method, url, (*headers, token.field), body)
        if reply.status == 401 and self._may_repeat(token):
            token = await self._valid_token(exchange)
            reply = await exchange(method, url, (*headers, token.field), body)
        return token.mask.hide(reply, url)

    def _may_repeat(self, token: Token) -> bool:
        """Discard a refused token; return False if the call can't be sent again."""
        call, now = EXCHANGE.get(), time.monotonic()
        if call and call.is_repeated:
            return False
        # If the tokens differ, another call has already discarded the refused one.
        if self._token is token:
            if now < self._next_renewal:
                return False
            self._next_renewal = now + RENEWAL
            # The refused token mustn't be used again if the fetch fails.
            self._token = None
        if call:
            call.is_repeated = True
        return True

    async def _valid_token(self, exchange: Transport) -> Token:
        """Return a token that hasn't expired; waiting calls share a fetch of one."""
        if self._token and time.monotonic() < self._token.end:
            return self._token
        self._token = None
        if not self._room.free:
            await self._room.refuse()
        self._room.free -= 1
        if self._fetch is None or self._fetch.done():
            self._fetch = asyncio.create_task(self._fetch_token(exchange))
        try:
            outcome = await asyncio.shield(self._fetch)
        except asyncio.CancelledError:
            call = EXCHANGE.get()
            if call is None or not call.is_over:
                raise
            # The deadline came before the call was sent, so report the fetch.
            outcome = _failure(504, LATE)
        finally:
            self._room.free += 1
        if isinstance(outcome, Token):
            return outcome
        # Waiting calls share the outcome, and each raise would extend its traceback.
        failure = outcome.status, outcome.title, outcome.detail, outcome.retry_after
        raise CallError(*failure)

    async def _fetch_token(self, exchange: Transport) -> Token | CallError:
        """Fetch a token in the time limit of a call; waiting calls may end earlier."""
        FETCHES_CREDENTIAL.set(True)
        try:
            async with asyncio.timeout(self._timeout) as timeout:
                IS_OVER.set(timeout.expired)
                self._token = token = await self._ask(exchange)
        except TimeoutError:
            error, reason = _failure(504, LATE), str(phase())
        except CallError as refusal:
            error, reason = refusal, ""
        except RequestError as fault:
            error, reason = _failure(502, "could not be reached"), fault.reason
        else:
            return token
        log_failure(error, urlsplit(self._endpoint).netloc, reason)
        return error

    async def _ask(self, exchange: Transport) -> Token:
        now = time.monotonic()
        reply = await exchange("POST", self._endpoint, self._headers, self._grant)
        if reply.status != 200:
            raise _failure(502, f"answered with the status {reply.status}")
        try:
            return _token(parse(reply.body), now)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _failure(502, "answered without a bearer token") from None


def _token(answer: Any, now: float) -> Token:
    """Parse a token; without a valid lifetime, it is used until it is refused."""
    value, kind = answer["access_token"], answer.get("token_type", "bearer")
    if not value or not HEADER_VALUE.fullmatch(value) or kind.lower() != "bearer":
        raise ValueError
    lifetime = str(answer.get("expires_in"))
    seconds = float(lifetime) if LIFETIME.fullmatch(lifetime) else math.inf
    end = now + max(seconds - EARLY, seconds / 2)
    return Token(("Authorization", f"Bearer {value}"), end, Mask((value,)))


def _failure(status: int, fault: str) -> CallError:
    title = "Gateway Timeout" if status == 504 else "Bad Gateway"
    detail = f"the authorization server of the upstream API {fault}"
    return CallError(status, title, detail)
