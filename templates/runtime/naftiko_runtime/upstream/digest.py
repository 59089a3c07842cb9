"""The credential of a user with HTTP Digest (RFC 7616)."""

import hashlib
import re
import secrets
from collections.abc import Mapping

from ..errors import CallError, SettingsError
from ..transport import Headers, Reply, Transport
from .origins import URL
from .pool import Pool

# A name, and perhaps a quoted or plain value; a name without one is a scheme.
PAIR = re.compile(
    r'(?:^|\s|,\s*)((?>\w+))(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+)))?'
)
HASHES = {
    "MD5": "md5",
    "SHA": "sha1",
    **{f"SHA{dash}{bits}": f"sha{bits}" for dash in ("", "-") for bits in (256, 512)},
}
NAME = b"www-authenticate"
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
        target = f"{path or '/'}{query}"
        signed = headers
        if self._challenge:
            signed = (*headers, self._credential(method, target, body))
        reply = await self._exchange(method, url, signed, body)
        said = _parameters(reply) if reply.status == 401 else {}
        if not said:
            return reply
        self._challenge, self._count = said, 0
        signed = (*headers, self._credential(method, target, body))
        return await self._exchange(method, url, signed, body)

    def _credential(
        self, method: str, target: str, body: bytes | None
    ) -> tuple[str, str]:
        """Return the header that responds to the last challenge."""
        said = self._challenge
        self._count += 1
        fields = {
            "username": self._username,
            **{name: said[name] for name in ("realm", "nonce")},
            "uri": target,
            "algorithm": said.get("algorithm", "MD5"),
            **({"opaque": said["opaque"]} if said.get("opaque") else {}),
        }
        counts = {"nc": f"{self._count:08x}", "cnonce": secrets.token_hex(8)}
        if protection := _protection(said):
            fields |= {"qop": protection, **counts}
        content = body if protection == "auth-int" else None
        fields["response"] = _response(
            fields, counts["cnonce"], self._password, method, content
        )
        return "Authorization", "Digest " + ", ".join(map(_pair, fields.items()))


def _response(
    fields: Mapping[str, str],
    nonce: str,
    password: str,
    method: str,
    body: bytes | None,
) -> str:
    """Return the proof of RFC 7616, section 3.4.1."""

    def hashed(content: bytes) -> str:
        name = _hash(fields) or "md5"
        return hashlib.new(name, content, usedforsecurity=False).hexdigest()

    def proof(*parts: str) -> str:
        return hashed(":".join(parts).encode())

    user = proof(fields["username"], fields["realm"], password)
    if fields["algorithm"].upper().endswith("-SESS"):
        user = proof(user, fields["nonce"], nonce)
    request = [method, fields["uri"]]
    if fields.get("qop") == "auth-int":
        request.append(hashed(body or b""))
    counts = [fields[name] for name in ("nc", "cnonce", "qop") if "qop" in fields]
    return proof(user, fields["nonce"], *counts, proof(*request))


def _pair(field: tuple[str, str]) -> str:
    name, value = field
    if name in UNQUOTED:
        return f"{name}={value}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


def _parameters(reply: Reply) -> Mapping[str, str]:
    """Return the parameters of a challenge, none for other schemes.

    Raises CallError for one that can't be answered.
    """
    raw = [value for name, value in reply.raw_headers if name.lower() == NAME]
    digests = [value[6:] for value in raw if value[:7].lower() == b"digest "]
    if not digests:
        return {}
    try:
        said = _pairs(digests[0].decode())
    except UnicodeDecodeError:
        said = {}
    wanted = said.get("qop", "")
    if (
        "realm" not in said
        or not said.get("nonce")
        or (wanted and not _protection(said))
        or _hash(said) is None
    ):
        detail = "the upstream API asks for HTTP Digest in a way that can't be answered"
        raise CallError(502, "Bad Gateway", detail)
    return said


def _pairs(text: str) -> dict[str, str]:
    """Return the parameters of the first challenge in a header."""
    said: dict[str, str] = {}
    for match in PAIR.finditer(text):
        name, quoted, plain = match.groups()
        if quoted is not None:
            said[name] = re.sub(r"\\(.)", r"\1", quoted)
        elif plain is not None:
            said[name] = plain
        elif said:
            break
    return said


def _hash(said: Mapping[str, str]) -> str | None:
    """Return the name of the hash function that a challenge asks for, if known."""
    return HASHES.get(said.get("algorithm", "MD5").upper().removesuffix("-SESS"))


def _protection(said: Mapping[str, str]) -> str:
    """Return the stronger protection of those that a challenge offers, or ""."""
    offered = {one.strip() for one in said.get("qop", "").split(",")}
    return next((one for one in PROTECTIONS if one in offered), "")
