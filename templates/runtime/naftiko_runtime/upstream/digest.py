"""The credential of a user with HTTP Digest (RFC 7616)."""

import hashlib
import re
import secrets
from collections.abc import Mapping

from ..errors import CallError, SettingsError
from ..transport import Headers, Reply, Transport
from .origins import URL
from .pool import Pool

NAME = b"www-authenticate"
# A name, and perhaps a quoted or plain value; a name without one is a scheme.
PAIR = re.compile(
    r'(?:^|\s|,\s*)((?>\w+))(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+)))?'
)
HASHES = {
    "MD5": "md5",
    "SHA": "sha1",
    **{f"SHA{dash}{bits}": f"sha{bits}" for dash in ("", "-") for bits in (256, 512)},
}
PROTECTIONS = ("auth-int", "auth")
UNQUOTED = frozenset({"algorithm", "nc", "qop"})


class Digest:
    """The credential of a user; raises SettingsError for an invalid user name.

    A challenge means that the upstream refused the request, so a request of any method
    is sent again with the credential. Later requests carry it from the start.
    """

    def __init__(self, username: str, password: str) -> None:
        if ":" in username:
            raise SettingsError("the user name of HTTP Digest can't contain a colon")
        self._pair = username, password

    def over(self, exchange: Transport) -> Transport:
        """Return a transport over the pool that responds to challenges.

        A transport other than the pool is returned unchanged: it authenticates itself.
        """
        if not isinstance(exchange, Pool):
            return exchange
        # Each upstream has a last challenge of its own.
        return Answering(exchange, *self._pair).send


class Answering:
    """A transport that responds to challenges of the origin that it calls first."""

    def __init__(self, exchange: Transport, username: str, password: str) -> None:
        self._exchange = exchange
        self._username = username
        self._password = password
        self._root = ""
        self._challenge: Mapping[str, str] = {}
        self._count = 0

    async def send(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Reply:
        """Send a request, and once more if the response is a challenge."""
        split = URL.match(url)
        root, path, query = split.groups(default="") if split else (url, "", "")
        self._root = self._root or root
        if root != self._root:
            return await self._exchange(method, url, headers, body)
        request = method, f"{path or '/'}{query}", body or b""
        signed = (*headers, self._field(*request)) if self._challenge else headers
        reply = await self._exchange(method, url, signed, body)
        challenge = _challenge(reply) if reply.status == 401 else {}
        if not challenge:
            return reply
        if challenge["nonce"] != self._challenge.get("nonce"):
            self._count = 0
        self._challenge = challenge
        return await self._exchange(
            method, url, (*headers, self._field(*request)), body
        )

    def _field(self, method: str, target: str, body: bytes) -> tuple[str, str]:
        """Return the header that responds to the last challenge."""
        self._count += 1
        said = self._challenge
        fields = {
            "username": self._username,
            **{
                name: said[name]
                for name in ("realm", "nonce", "opaque")
                if name in said
            },
            "uri": target,
            "algorithm": said.get("algorithm", "MD5"),
            "cnonce": secrets.token_hex(8),
        }
        if protection := _protection(said):
            fields |= {"nc": f"{self._count:08x}", "qop": protection}
        fields["response"] = response(fields, self._password, method, body)
        if not protection:
            del fields["cnonce"]
        return "Authorization", "Digest " + ", ".join(map(_pair, fields.items()))


def response(fields: Mapping[str, str], password: str, method: str, body: bytes) -> str:
    """Return the proof of RFC 7616, section 3.4.1."""
    nonces = [fields["nonce"], fields["cnonce"]]
    user = _hashed(fields, fields["username"], fields["realm"], password)
    if fields["algorithm"].upper().endswith("-SESS"):
        user = _hashed(fields, user, *nonces)
    qop = fields.get("qop", "")
    content = [_hash(fields, body)] if qop == "auth-int" else []
    request = _hashed(fields, method, fields["uri"], *content)
    counts = [fields["nc"], nonces[1], qop] if qop else []
    return _hashed(fields, user, nonces[0], *counts, request)


def _hashed(fields: Mapping[str, str], *parts: str) -> str:
    return _hash(fields, ":".join(parts).encode())


def _hash(fields: Mapping[str, str], content: bytes) -> str:
    name = HASHES[_algorithm(fields)]
    return hashlib.new(name, content, usedforsecurity=False).hexdigest()


def _algorithm(said: Mapping[str, str]) -> str:
    return said.get("algorithm", "MD5").upper().removesuffix("-SESS")


def _protection(said: Mapping[str, str]) -> str:
    """Return the strongest protection that a challenge offers, "" without any."""
    offered = {one.strip() for one in said.get("qop", "").split(",")}
    return next((one for one in PROTECTIONS if one in offered), "")


def _pair(field: tuple[str, str]) -> str:
    name, value = field
    if name in UNQUOTED:
        return f"{name}={value}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


def _challenge(reply: Reply) -> Mapping[str, str]:
    """Return the parameters of a challenge, none for other schemes.

    Raises CallError for one that can't be answered.
    """
    raw = (value for name, value in reply.raw_headers if name.lower() == NAME)
    text = next((value for value in raw if value[:7].lower() == b"digest "), None)
    if text is None:
        return {}
    said: dict[str, str] = {}
    for match in PAIR.finditer(text[6:].decode("utf-8", "replace")):
        name, quoted, plain = match.groups()
        if quoted is None and plain is None:
            break  # another scheme begins
        said[name] = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    if (
        "realm" in said
        and said.get("nonce")
        and (not said.get("qop") or _protection(said))
        and _algorithm(said) in HASHES
        and "\ufffd" not in "".join(said.values())
    ):
        return said
    detail = "the upstream API asks for HTTP Digest in a way that can't be answered"
    raise CallError(502, "Bad Gateway", detail)
