"""Kinds of clients that guards refuse: their credentials, by kinds of guards."""

import base64
from collections.abc import Callable

import jwt
from authorization_server import AUDIENCE, FUTURE, SCOPES, Issuer, encode, rsa_signer
from client_requests import Attempt

from case_tables import named_table

Make = Callable[[Issuer], str]
MakeAttempt = Callable[[Issuer], Attempt]

TOKEN, KEY, PASSWORD = "token-of-clients", "key+of/clients", "pass:word of clients"
SECRETS = {"CLIENTS_TOKEN": TOKEN, "CLIENTS_KEY": KEY, "CLIENTS_PASSWORD": PASSWORD}
UPSTREAM = "secret-of-the-upstream"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode("latin-1")).decode()


PAIR = in_base64(f"agent:{PASSWORD}")


def authorization(*values: str) -> Attempt:
    return Attempt(tuple(("Authorization", value) for value in values))


def key(*values: str, name: str = "X-Key") -> Attempt:
    return Attempt(tuple((name, value) for value in values))


def attempt(parts: list[str]) -> Attempt:
    """Return an attempt with these fields and this query."""
    fields = (part.partition(": ") for part in parts if part[0] != "?")
    query = "".join(part for part in parts if part[0] == "?")
    return Attempt(tuple((name, value) for name, _, value in fields), query)


REFUSED = {
    guard: {kind: attempt(parts) for kind, parts in kinds.items()}
    for guard, kinds in named_table(__file__, "refused_clients").items()
}


def unsigned_token(issuer: Issuer) -> str:
    return jwt.encode(issuer.server.claims(), "", "none", headers={"kid": "rsa"})


def token_of_shared_secret(issuer: Issuer) -> str:
    headers = {"kid": "shared"}
    return jwt.encode(issuer.server.claims(), "secret" * 9, "HS256", headers=headers)


INVALID: dict[str, Make] = {
    "no token": lambda _: "",
    "no JWT": lambda _: "opaque",
    "two parts": lambda it: it.token().rpartition(".")[0],
    "no signature": lambda it: it.token().rpartition(".")[0] + ".",
    "five parts": lambda it: it.token() + ".x.y",
    "another character": lambda it: it.token() + "!",
    "alg none": unsigned_token,
    "alg HS256 of a shared key": token_of_shared_secret,
    "alg HS256 of the public key": Issuer.with_public_key_as_secret,
    "another alg than the key's": lambda it: it.change_token(
        0, lambda head: {**head, "alg": "ES256"}
    ),
    "an alg that is a list": lambda it: it.change_token(
        0, lambda head: {**head, "alg": ["RS256"]}
    ),
    "no alg": lambda it: it.change_token(0, lambda head: {"kid": head["kid"]}),
    "a header that is a list": lambda it: it.change_token(0, lambda head: [head]),
    "a deep header": lambda _: f"{encode(b'[' * 9000)}.e30.eA",
    "a long token": lambda it: it.token(x="x" * 17_000),
    "other claims than the signed ones": lambda it: it.change_token(
        1, lambda claims: {**claims, "sub": "root"}
    ),
    "a stranger's key of the same name": lambda it: it.token(it.stranger),
    "an unknown key": lambda it: it.token(rsa_signer("unknown")),
    "a weak key": lambda it: it.token(it.weak),
    "a key for encryption": lambda it: it.token(it.encrypting),
    "no name of its key, and two that fit": lambda it: it.token(
        it.stranger, headers={"kid": None}
    ),
    "a key in the header": lambda it: it.token(
        it.stranger, headers={"kid": None, "jwk": it.stranger.public}
    ),
    "a critical header": lambda it: it.token(headers={"crit": ["x"], "x": 1}),
    "another type": lambda it: it.token(headers={"typ": "dpop+jwt"}),
    "expired": lambda it: it.token(exp=1),
    "no expiry": lambda it: it.token(exp=None),
    "an expiry that is a text": lambda it: it.token(exp="9999999999"),
    "an expiry that is null": lambda it: it.change_token(
        1, lambda claims: {**claims, "exp": None}
    ),
    "not valid yet": lambda it: it.token(nbf=FUTURE),
    "a start that is a text": lambda it: it.token(nbf="0"),
    "another issuer": lambda it: it.token(iss="http://127.0.0.1:9"),
    "an issuer with another slash": lambda it: it.token(iss=f"{it.server.issuer}/"),
    "an issuer that only begins alike": lambda it: it.token(
        iss=f"{it.server.issuer}.example.com"
    ),
    "no issuer": lambda it: it.token(iss=None),
    "an issuer that is a list": lambda it: it.token(iss=[it.server.issuer]),
    "another audience": lambda it: it.token(aud="https://other.example.com"),
    "an audience that only begins alike": lambda it: it.token(aud=f"{AUDIENCE}x"),
    "no audience": lambda it: it.token(aud=None),
    "an audience that is an object": lambda it: it.token(aud={AUDIENCE: 1}),
}
INSUFFICIENT: dict[str, Make] = {
    "no scope": lambda it: it.token(scope=None),
    "one scope of two": lambda it: it.token(scope="things:read"),
    "a scope that only begins alike": lambda it: it.token(scope=f"{SCOPES}s"),
    "scopes with commas": lambda it: it.token(scope=SCOPES.replace(" ", ",")),
    "scopes that are an object": lambda it: it.token(scope={"things:read": 1}),
}
AROUND_A_TOKEN: dict[str, MakeAttempt] = {
    "nothing": lambda _: Attempt(),
    "another scheme": lambda it: authorization(f"Token {it.token()}"),
    "no scheme": lambda it: authorization(it.token()),
    "basic": lambda it: authorization(f"Basic {in_base64(f'agent:{it.token()}')}"),
    "the header twice": lambda it: authorization(*[f"Bearer {it.token()}"] * 2),
    "a wrong header first": lambda it: authorization(
        "Bearer other", f"Bearer {it.token()}"
    ),
    "two tokens": lambda it: authorization(f"Bearer {it.token()}, Bearer {it.token()}"),
    "a character that isn't ASCII": lambda it: authorization(
        f"Bearer {it.token()}\u00e9"
    ),
    "the token in the query": lambda it: Attempt(query=f"?access_token={it.token()}"),
    "the token in a cookie": lambda it: key(
        f"access_token={it.token()}", name="Cookie"
    ),
    "the header of a proxy": lambda it: key(
        f"Bearer {it.token()}", name="Proxy-Authorization"
    ),
    "a header of 60,000 characters": lambda _: authorization(f"Bearer {'x' * 60_000}"),
}
"""Credentials that are wrong in another way than the token itself."""
