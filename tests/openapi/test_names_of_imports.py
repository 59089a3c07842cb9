"""Names of imported operations: short enough for clients, stable, and chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from naftiko_gen.cli.main import main

pytestmark = pytest.mark.usefixtures("place")

WORD = "x" * 90
NAMES = {
    "listBooks": "list-books",
    f"get_{'word_' * 8}last": f"get-{'word-' * 8}last",
    # A name of a tool doesn't start with a digit.
    "2faVerify": "get-2fa-verify",
    # Words that the next one repeats.
    "GetCustomersCustomerSubscriptionsSubscriptionExposedId": (
        "get-customer-subscription-exposed-id"
    ),
    # Small words.
    "actions/remove-self-hosted-runner-from-group-for-org": (
        "actions-remove-self-hosted-runner-group-org"
    ),
    # Words behind the first one, but for verbs, versions, and the last one.
    "actions/set-private-repo-fork-pr-workflows-settings-organization": (
        "actions-set-pr-workflows-settings-organization"
    ),
    "deleteAdmissionregistrationV1CollectionMutatingWebhookConfiguration": (
        "delete-v1-collection-webhook-configuration"
    ),
    # Names that would be equal have more words.
    "codespaces/list-in-repository-for-authenticated-user": (
        "codespaces-list-in-repository-for-authenticated-user"
    ),
    "codespaces/list-devcontainers-in-repository-for-authenticated-user": (
        "codespaces-list-devcontainers-repository-authenticated-user"
    ),
    # One word is cut, and ends in a part of its digest.
    WORD: f"{WORD[:57]}-efdfd9",
    "_3d/view": "get-3d-view",
}


def document(ids: dict[str, Any]) -> Path:
    """Write a document with a path for each id."""
    paths = {
        f"/{n}": {"get": {"operationId": own_id, "responses": {}}}
        for n, own_id in enumerate(ids)
    }
    api = {"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "paths": paths}
    servers = [{"url": "https://t.example"}]
    path = Path("api.json")
    path.write_text(json.dumps({**api, "servers": servers}), "utf-8")
    return path


def written_names() -> list[str]:
    """Return the names of the operations of the capability."""
    spec = yaml.safe_load(Path("spec.yaml").read_text("utf-8"))
    [consumes] = spec["capability"]["consumes"]
    return [resource["operations"][0]["name"] for resource in consumes["resources"]]


def run(*options: str) -> int:
    return main(["import", "api.json", "-o", "spec.yaml", "-q", *options])


def test_long_names_have_fewer_words() -> None:
    document(NAMES)
    assert run() == 0
    assert written_names() == list(NAMES.values())


def test_an_imported_spec_keeps_its_names() -> None:
    """Earlier imports had names of up to 64 characters."""
    ids = {"actions/remove-self-hosted-runner-from-group-for-org": ""}
    document(ids)
    assert run() == 0
    [name], long_name = written_names(), next(iter(ids)).replace("/", "-")
    for file in (Path("spec.yaml"), Path(".spec.yaml.imported")):
        file.write_text(file.read_text("utf-8").replace(name, long_name), "utf-8")
    document({**ids, "another": ""})
    assert run() == 0
    assert written_names() == [long_name, "another"]


def test_a_chosen_name_stays_with_later_imports() -> None:
    """Also where the capability was imported and edited before."""
    document(NAMES)
    assert run() == 0
    content = Path("spec.yaml").read_text("utf-8") + "# Ours.\n"
    Path("spec.yaml").write_text(content.replace("port: 8080", "port: 8099"), "utf-8")
    assert run("--rename", "listBooks=browse", "--rename", "GET /2=verify") == 0
    assert run() == 0
    assert written_names()[:3] == ["browse", list(NAMES.values())[1], "verify"]
    assert main(["spec.yaml", "-o", "out"]) == 0
    text = Path("spec.yaml").read_text("utf-8")
    assert "list-books" not in text
    assert "port: 8099" in text


@pytest.mark.parametrize(
    ("renaming", "message"),
    [
        ("listbook=x", "no operation 'listbook'; did you mean 'list-books'?"),
        ("listBooks=get-2fa-verify", "'get-2fa-verify' would be the name of several"),
        (
            "codespaces-list-repository-authenticated-user=x",
            "several operations: write 'GET /7' or 'GET /8'",
        ),
    ],
)
def test_a_wrong_renaming_is_refused(
    renaming: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document(NAMES)
    assert run("--rename", renaming) == 1
    assert message in capsys.readouterr().err
    assert not Path("spec.yaml").exists()


@pytest.mark.parametrize(
    "renaming", ["listBooks=List", "listBooks", "=x", f"listBooks={'x' * 65}"]
)
def test_an_invalid_name_is_wrong_usage(
    renaming: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run("--rename", renaming)
    assert end.value.code == 2
    assert "gives no name" in capsys.readouterr().err
