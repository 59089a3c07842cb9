"""`binds`: locations, the variables of their keys, and the sources of values."""

import os
from pathlib import Path

import pytest
from documents import document, tools, upstream

from naftiko_gen.cli.main import main
from naftiko_gen.language.urls import (
    InEnvironment,
    InFile,
    InStore,
    UnknownLocationError,
    bind_location,
)

CALL = "- {name: list, description: List things., call: api.list}\n"


@pytest.mark.parametrize(
    ("location", "meaning"),
    [
        (None, InEnvironment()),
        ("", InEnvironment()),
        ("env:", InEnvironment()),
        ("env://", InEnvironment()),
        ("file:///./shared/secrets.yaml", InFile("./shared/secrets.yaml")),
        ("file://./secrets.json", InFile("./secrets.json")),
        ("file:./secrets.json", InFile("./secrets.json")),
        ("file:secrets.json", InFile("secrets.json")),
        ("file:///etc/shop/secrets.yaml", InFile("/etc/shop/secrets.yaml")),
        ("file:/etc/secrets.yaml", InFile("/etc/secrets.yaml")),
        ("vault://secret/shop", InStore("vault")),
        ("VAULT://secret/shop", InStore("vault")),
        ("k8s://shop", InStore("k8s")),
        ("k8s-secret://shop", InStore("k8s-secret")),
        ("github-secrets://org/shop", InStore("github-secrets")),
        ("azure-keyvault://shop", InStore("azure-keyvault")),
    ],
)
def test_the_meaning_of_a_location(location: str | None, meaning: object) -> None:
    assert bind_location(location) == meaning


@pytest.mark.parametrize(
    "location",
    [
        *("./secrets.yaml", "secrets", "https://example.com/secrets.json", "file:"),
        *("file://", "file:///", "file:///./", "file:///etc/"),
        *("file://host/etc/secrets.json", "file:////host/secrets.json"),
        *("file:///../secrets.json", "file:./a/../../secrets.json"),
        *("file:../secrets.json", "file:.\\secrets.json", "file:./a\nb", "file:./a\0b"),
        *("vaults://secret",),
    ],
)
def test_unusable_locations(location: str) -> None:
    with pytest.raises(UnknownLocationError):
        bind_location(location)


def test_the_compiler_does_not_open_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Opening a pipe would wait for somebody who writes.
    os.mkfifo(tmp_path / "s.yaml")
    monkeypatch.chdir(tmp_path)
    binds = "- {namespace: a, location: 'file:./s.yaml', keys: {K: x}}\n"
    get = "- {name: list, inputParameters: [{name: p, in: query, value: '{{K}}'}]}\n"
    text = document(upstream(get), tools(CALL), f"binds:\n{binds}")
    Path("spec.yaml").write_text(text, encoding="utf-8")
    assert main(["spec.yaml", "-o", "out"]) == 0
