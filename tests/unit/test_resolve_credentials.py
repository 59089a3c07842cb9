"""Credentials: addresses that packages refuse too, and the kinds of the language."""

from typing import get_args

import pytest
from documents import document, errors, tools, upstream
from pydantic import BaseModel

from naftiko_gen import ir
from naftiko_gen.language.models import CREDENTIALS
from naftiko_runtime.errors import SettingsError
from naftiko_runtime.settings import read_base_uri

CALL = "- name: list\n  description: List things.\n  call: api.list\n"
BINDS = "binds:\n- namespace: env\n  keys: {K: K}\n"


def text(auth: str) -> str:
    more = f"authentication: {auth}\n"
    return document(upstream("- name: list\n", more=more), tools(CALL), BINDS)


ADDRESSES = [
    ("https://a/t", True),
    ("http://a.example:8080/t", True),
    ("https://[::1]/t", True),
    ("https://a/t%20u", True),
    ("/t", False),
    ("https:///t", False),
    ("ftp://a/t", False),
    ("https://a:0/t", False),
    ("https://a:70000/t", False),
    ("https://a..b/t", False),
    (f"https://{'a' * 64}.example/t", False),
    ("https://[::x]/t", False),
    ("https://a/{t}", False),
    ("https://a/t#u", False),
    ("https://a/t u", False),
    ("https://ü/t", False),
    ("https://me@a/t", False),
    ("https://[fe80::1%25eth0]/t", True),
    ("https://a%0d%0aX:1/t", False),
    ("https://a%20b/t", False),
    ("https://me%40a/t", False),
    ("https://a%2fb/t", False),
]


def is_usable_by_the_package(address: str) -> bool:
    try:
        read_base_uri({}, "BASE_URI", address)
    except SettingsError:
        return False
    return True


@pytest.mark.parametrize(("address", "is_usable"), ADDRESSES)
def test_addresses_are_refused_as_by_the_package(address: str, is_usable: bool) -> None:
    assert is_usable_by_the_package(address) is is_usable
    oauth2 = f"{{type: oauth2, tokenEndpoint: '{address}', clientId: a, "
    diagnostics = errors(text(oauth2 + "clientSecret: '{{K}}'}"))
    assert (diagnostics == []) is is_usable
    if "{" not in address:
        plain = text("{type: bearer, token: '{{K}}'}")
        with_address = plain.replace("https://api.example.com", f"'{address}'")
        assert with_address != plain
        assert (errors(with_address) == []) is is_usable


def test_the_language_and_the_ir_name_the_same_kinds() -> None:
    assert {kind.label for kind in get_args(ir.Single)} == set(CREDENTIALS)


@pytest.mark.parametrize(("kind", "model"), CREDENTIALS.items())
def test_the_tag_of_a_credential_is_its_type(kind: str, model: type[BaseModel]) -> None:
    assert get_args(model.model_fields["type"].annotation) == (kind,)
