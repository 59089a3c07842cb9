"""Text of a credential is data, and nothing of a document becomes a secret's place."""

import re
from pathlib import Path

import pytest
from hostile_packages import emitted_files, errors, shapes
from hostile_texts import TEXTS

from naftiko_gen.diagnostics.span import Plain

REFERENCE = "{{SECRET}}"


def credentials_with(text: str, name: str) -> dict[str, dict[str, Plain]]:
    """Return a credential of each type: a free text and a name wherever it has one.

    Texts that are refused because they can't be sent aren't among them.
    """
    secret = f"{text}{REFERENCE}"
    user = text.replace(":", "")
    header = re.sub(r"[^!-+\--~]", "", text)
    return {
        "basic": {"username": user, "password": secret},
        "digest": {"username": user, "password": secret},
        "apikey": {"headers": {name: f"name {REFERENCE}", "X-Other": REFERENCE}},
        "query": {"parameters": [{"name": text, "value": secret}]},
        "cookie": {"key": name, "value": REFERENCE, "placement": "cookie"},
        "body": {"key": text, "value": secret, "placement": "body"},
        "oauth1": {
            "consumerKey": text,
            "consumerSecret": secret,
            "token": secret,
            "tokenSecret": secret,
        },
        "rsa": {"consumerKey": text, "signingKey": secret},
        "oauth2": {
            "clientId": text,
            "clientSecret": secret,
            "scopes": [text],
            "audience": text,
            "resource": text,
            "tokenEndpoint": "https://id.test/t",
        },
        "aws-sig-v4": {
            "accessKeyId": header,
            "secretKey": secret,
            "region": header,
            "service": header,
            "sessionToken": secret,
        },
        "hmac": {"apiId": header, "apiKey": secret},
        "certificate": {"certPath": text, "certPassword": secret},
    }


TYPES = {"cookie": "apikey", "body": "apikey", "rsa": "oauth1"}


def document(text: str, name: str) -> dict[str, Plain]:
    """Return a document with an upstream for each type."""
    kinds = credentials_with(text, name)
    consumes: list[Plain] = [
        {
            "type": "http",
            "namespace": kind,
            "baseUri": "https://store.example.com",
            "authentication": {"type": TYPES.get(kind, kind), **fields},
            "resources": [
                {"name": "r", "path": "/books", "operations": [{"name": "list"}]}
            ],
        }
        for kind, fields in kinds.items()
    ]
    tools: list[Plain] = [
        {"name": kind, "description": "d", "call": f"{kind}.list"} for kind in kinds
    ]
    exposes: Plain = {"type": "mcp", "namespace": "mcp", "port": 9090, "tools": tools}
    return {
        "naftiko": "1.0.0-alpha2",
        "binds": [{"namespace": "env", "keys": {"SECRET": "SECRET"}}],
        "capability": {"consumes": consumes, "exposes": [exposes]},
    }


ODD_NAME = "!#$%&'*+.^_`|~x"
PROSE = [text for text in TEXTS if text and "{" not in text and "}" not in text]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return the shapes of the package of a harmless text."""
    directory = tmp_path_factory.mktemp("twin")
    return shapes(emitted_files(document("text", "name"), directory))


@pytest.mark.parametrize("turn", range(0, len(PROSE), 6))
def test_a_text_of_a_credential_changes_nothing_but_literals(
    turn: int, twin: dict[str, object], tmp_path: Path
) -> None:
    files = shapes(emitted_files(document(PROSE[turn], ODD_NAME), tmp_path))
    assert [path for path in twin if path.endswith(".py")]
    assert [path for path in twin if files.get(path) != twin[path]] == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_of_a_credential_has_a_meaning_or_an_error(text: str) -> None:
    for name in (text, "name"):
        assert all(error.span for error in errors(document(text, name)))
