"""`binds`: locations, the variables of their keys, and the sources of values."""

import os
from pathlib import Path

import pytest
from documents import document, resolve, tools, upstream

from naftiko_gen import ir
from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.language.urls import (
    InEnvironment,
    InFile,
    InStore,
    UnknownLocationError,
    bind_location,
)

GET = "- {name: list, method: GET, inputParameters: [%s]}\n"
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
        "./secrets.yaml",
        "secrets",
        "https://example.com/secrets.json",
        "file:",
        "file://",
        "file:///",
        "file:///./",
        "file:///etc/",
        "file://host/etc/secrets.json",
        "file:////host/secrets.json",
        "file:///../secrets.json",
        "file:./a/../../secrets.json",
        "file:../secrets.json",
        "file:.\\secrets.json",
        "file:./a\nb",
        "file:./a\0b",
        "vaults://secret",
    ],
)
def test_unusable_locations(location: str) -> None:
    with pytest.raises(UnknownLocationError):
        bind_location(location)


def spec(binds: str, *names: str) -> str:
    """Return a spec that sends the values of names in query parameters."""
    inputs = ", ".join(
        f"{{name: p{number}, in: query, value: '{{{{{name}}}}}'}}"
        for number, name in enumerate(names)
    )
    return document(upstream(GET % inputs), tools(CALL), f"binds:\n{binds}")


def variables(text: str) -> list[tuple[str, ir.Source]]:
    capability, report = resolve(text)
    assert capability is not None, report.diagnostics
    return [(variable.name, variable.source) for variable in capability.variables]


def in_file(path: str, key: str, variable: str) -> ir.FileKey:
    return ir.FileKey(ir.BoundFile(variable, path), key)


def test_two_files_of_one_namespace_have_two_variables() -> None:
    binds = (
        "- {namespace: a, location: 'file:a.yaml', keys: {K: x}}\n"
        "- {namespace: a, location: 'file:b.yaml', keys: {L: x}}\n"
    )
    assert variables(spec(binds, "K", "L")) == [
        ("K", in_file("a.yaml", "x", "A_FILE")),
        ("L", in_file("b.yaml", "x", "A_2_FILE")),
    ]


def test_a_provider_is_named_only_for_used_keys() -> None:
    binds = "- {namespace: a, location: 'vault://x', keys: {K: x/y, L: z}}\n"
    text = spec(binds, "K")
    assert variables(text) == [("K", ir.Provider("vault", "x/y"))]
    report = resolve(text)[1]
    warnings = [d for d in report.diagnostics if d.severity is Severity.WARNING]
    assert [d.code.slug for d in warnings if "vault" in d.message] == ["bind-provider"]


def test_the_compiler_does_not_open_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Opening a pipe would wait for somebody who writes.
    os.mkfifo(tmp_path / "s.yaml")
    monkeypatch.chdir(tmp_path)
    binds = "- {namespace: a, location: 'file:./s.yaml', keys: {K: x}}\n"
    Path("spec.yaml").write_text(spec(binds, "K"), encoding="utf-8")
    assert main(["spec.yaml", "-o", "out"]) == 0


def errors(text: str) -> list[str]:
    diagnostics = resolve(text)[1].diagnostics
    return [d.code.slug for d in diagnostics if d.severity is Severity.ERROR]


def test_the_file_s_variable_is_no_other_setting() -> None:
    binds = "- {namespace: a, location: 'file:a', keys: {A_FILE: x}}\n"
    assert errors(spec(binds, "A_FILE")) == ["setting-collision"]


@pytest.mark.parametrize("name", ["a", "k"])
def test_the_variable_of_a_secret_s_file_is_no_other_setting(name: str) -> None:
    binds = f"- {{namespace: {name}, location: 'file:a', keys: {{K: x, K_FILE: y}}}}\n"
    assert {*errors(spec(binds, "K", "K_FILE"))} == {"setting-collision"}


def test_a_location_with_a_password_is_not_repeated() -> None:
    binds = "- {namespace: a, location: 'https://me:pw@example.com', keys: {K: x}}\n"
    report = resolve(spec(binds, "K"))[1]
    (only,) = (d for d in report.diagnostics if d.severity is Severity.ERROR)
    assert "pw" not in only.message
