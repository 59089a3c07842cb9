"""Charsets that responses name."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest

from naftiko_runtime.outputs.xml import xml_document
from naftiko_runtime.transport import Reply, utf8

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def looked_up() -> Iterator[list[str]]:
    """Record the names that reach the registry of codecs, which keeps them forever."""
    names: list[str] = []

    def search(name: str) -> None:
        names.append(name)

    codecs.register(search)
    yield names
    codecs.unregister(search)


def declaring(encoding: str) -> Reply:
    """Return a document of XML that declares an encoding."""
    document = f'<?xml version="1.0" encoding="{encoding}"?><a><b>\xe9</b></a>'
    return Reply(200, ((b"content-type", b"text/xml"),), document.encode("latin-1"))


def typed(charset: str) -> Reply:
    """Return a response with a charset in its Content-Type."""
    media_type = b"text/plain; charset=" + charset.encode()
    return Reply(200, ((b"content-type", media_type),), b"{}")


@pytest.mark.parametrize("charset", ["unheard-of-1", "iso-8859-1234567", "cp12500"])
def test_unknown_charsets_take_no_memory(looked_up: list[str], charset: str) -> None:
    assert utf8(typed(charset)) == b"{}"
    assert typed(charset).text == "{}"
    assert not looked_up


@pytest.mark.parametrize("encoding", ["unheard-of-2", "iso-8859-7654321", "zip"])
def test_unknown_encodings_take_no_memory(looked_up: list[str], encoding: str) -> None:
    with pytest.raises(ValueError, match="encoding"):
        xml_document(declaring(encoding))
    assert not looked_up


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "Windows-1252", "iso-8859-15"])
def test_documents_declare_their_encodings(encoding: str) -> None:
    assert xml_document(declaring(encoding)) == {"b": "é"}
