"""The texts of tools and servers as clients get them."""

from pathlib import Path
from typing import Any

import pytest
from documents import capability

from naftiko_gen.cli.main import main
from naftiko_gen.emit.tools.definitions import (
    definition,
    instructions,
    server_description,
)

LONG = "Lists all books, [new ones](https://store.example.com) first. " * 40
SPEC = f"""\
naftiko: 1.0.0-alpha2
info: {{label: Shop, description: ABOUT, version: 1.0.0}}
binds:
- {{namespace: env, keys: {{KEY: STORE_KEY}}}}
capability:
  consumes:
  - type: http
    namespace: store
    baseUri: https://store.example.com
    authentication: {{type: bearer, token: '{{{{KEY}}}}'}}
    resources:
    - name: books
      path: /books
      operations:
      - {{name: list, method: GET, tags: [Books]}}
      - {{name: add, method: POST, tags: [Books]}}
      - {{name: find, method: POST, tags: [Search]}}
  exposes:
  - type: mcp
    namespace: shop
    address: localhost
    port: 9090
    description: OWN
    groups: {{Books: 'The books, [all](/b) of them. And more.', Search: Search.}}
    tools:
    - {{name: list-allBooks, description: '{LONG}Deprecated.', call: store.list}}
    - {{name: add, label: '**Add** a book', description: Adds., call: store.add}}
    - {{name: find, description: Finds., hints: {{readOnly: true}}, call: store.find}}
"""
RULES = """
Groups: Books (The books, all of them), Search.
1 of 3 tools may change state, the others only read.
Credentials are variables of the server: STORE_KEY."""


@pytest.mark.parametrize(
    ("own", "about", "purpose", "description"),
    [
        ("Shop", "''", "Shop.", None),
        ("Shop", "'Sells [books](/b). More.'", "Sells books. More.", "Sells books"),
        ("'Shop: new'", "Sells.", "Shop: new. Sells.", "Shop: new"),
        ("Search here first.", "Sells.", "Search here first.", "Search here first"),
    ],
)
def test_a_server_tells_its_purpose_and_its_rules(
    own: str, about: str, purpose: str, description: str | None
) -> None:
    spec = capability(SPEC.replace("OWN", own).replace("ABOUT", about))
    [adapter] = spec.mcp

    assert instructions(adapter, spec) == purpose + RULES
    assert server_description(adapter, spec) == description


def test_a_tool_has_a_title_and_a_bounded_description() -> None:
    [adapter] = capability(SPEC).mcp
    definitions: list[Any] = list(map(definition, adapter.tools))

    titles = [tool["title"] for tool in definitions]
    assert titles == ["List all books", "Add a book", "Find"]
    text = definitions[0]["description"]
    assert len(text) <= 1_024
    assert text.startswith("Lists all books, new ones first. Lists")
    assert text.endswith("first. … Deprecated.")


def test_a_configuration_cuts_descriptions_and_the_skill_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SPEC, "utf-8")
    Path("naftiko-gen.toml").write_text("max-description = 80\n", "utf-8")

    main(["shop.yaml", "-q"])

    [module] = Path("generated").glob("**/mcp_server.py")
    assert "Lists all books, new ones first. … Deprecated." in module.read_text("utf-8")
    [skill] = Path("generated").glob("**/SKILL.md")
    assert skill.read_text("utf-8").count("Lists all books") == 40
