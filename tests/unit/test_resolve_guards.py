"""The authentication of adapters' clients."""

import pytest
from documents import capability, document, errors, findings, routes, tools, upstream

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Severity

BINDS = "binds: [{namespace: clients, keys: {TOKEN: CLIENT_TOKEN, ISSUER: LOGIN}}]\n"
TOKEN = ir.Setting(ir.Variable("CLIENT_TOKEN", secret=True))
LOGIN = "https://login.example.com"
SHOP = "https://shop.example.com/mcp"


def rest(guard: str, operations: str = "- {method: GET, call: api.act}\n") -> str:
    exposes = routes(operations).replace(
        "port: 8080", f"port: 8080\n  authentication: {guard}"
    )
    return document(upstream("- {name: act}\n"), exposes, BINDS)


def mcp(guard: str) -> str:
    exposes = tools("- {name: act, description: A., call: api.act}\n").replace(
        "port: 9090", f"port: 9090\n  authentication: {guard}"
    )
    return document(upstream("- {name: act}\n"), exposes, BINDS)


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ('{type: bearer, token: "{{TOKEN}}"}', ir.Bearer(TOKEN)),
        ("{type: bearer, token: TOKEN}", ir.Bearer(TOKEN)),
        ('{type: Bearer, value: "{{clients.TOKEN}}"}', ir.Bearer(TOKEN)),
        ("{type: bearer, token: '{{env.CLIENT_TOKEN}}'}", ir.Bearer(TOKEN)),
        (
            '{type: basic, username: agent, password: "{{TOKEN}}"}',
            ir.Basic(ir.Constant("agent"), TOKEN),
        ),
        (
            '{type: digest, username: agent, password: "{{TOKEN}}"}',
            ir.Digest(ir.Constant("agent"), TOKEN),
        ),
        (
            '{type: apikey, key: X-Key, value: "{{TOKEN}}"}',
            ir.HeaderKey("X-Key", TOKEN),
        ),
        (
            '{type: header, key: X-Key, value: "{{TOKEN}}"}',
            ir.HeaderKey("X-Key", TOKEN),
        ),
        (
            '{type: apikey, name: key, value: "{{TOKEN}}", in: query}',
            ir.QueryKey("key", TOKEN),
        ),
        (
            '{type: apikey, key: key, value: "{{TOKEN}}", placement: cookie}',
            ir.CookieKey("key", TOKEN),
        ),
        ('{type: bearer, token: "of-{{TOKEN}}"}', ir.Bearer(ir.Joined(("of-", TOKEN)))),
    ],
)
def test_a_guard_is_resolved(guard: str, expected: ir.Guard) -> None:
    assert capability(rest(guard)).rest[0].guard == expected
    assert capability(mcp(guard)).mcp[0].guard == expected


def test_an_adapter_has_no_guard_by_default() -> None:
    text = document(
        upstream("- {name: act}\n"), routes("- {method: GET, call: api.act}\n")
    )
    assert capability(text).rest[0].guard is None


@pytest.mark.parametrize(
    ("guard", "variable"),
    [
        ("{type: bearer}", "THINGS_REST_TOKEN"),
        ("{type: apikey, key: X-Key}", "THINGS_REST_API_KEY"),
        ("{type: basic, username: agent}", "THINGS_REST_PASSWORD"),
    ],
)
def test_a_missing_secret_is_a_variable_of_the_adapter(
    guard: str, variable: str
) -> None:
    result = capability(rest(guard))
    assert [v.name for v in result.guard_variables] == [variable]
    warnings = [code for code, _ in findings(rest(guard), Severity.WARNING)]
    assert "credential-setting" in warnings


@pytest.mark.parametrize(
    ("guard", "code"),
    [
        ("{type: bearer, token: secret}", "literal-credential"),
        ('{type: bearer, token: ""}', "literal-credential"),
        ("{type: apikey, key: X-Key, value: secret}", "literal-credential"),
        ("{type: basic, username: agent, password: secret}", "literal-credential"),
        ("{type: digest, username: agent, password: secret}", "literal-credential"),
        ('{type: bearer, token: "{{OTHER}}"}', "unbound-guard"),
        ('{type: bearer, token: "{{rest.TOKEN}}"}', "unbound-guard"),
        ('{type: bearer, token: "{{TOKEN}}{{x}}"}', "unbound-guard"),
        ('{type: basic, username: "{{x}}", password: "{{TOKEN}}"}', "unbound-guard"),
        (
            '{type: basic, username: "a:b", password: "{{TOKEN}}"}',
            "unusable-credential",
        ),
        (
            '{type: apikey, key: k, value: "{{TOKEN}}", placement: body}',
            "unusable-credential",
        ),
        (
            '{type: apikey, key: k, value: "{{TOKEN}}", placement: path}',
            "unusable-credential",
        ),
        ('{type: apikey, key: "a b", value: "{{TOKEN}}"}', "unusable-header"),
        ('{type: apikey, key: Host, value: "{{TOKEN}}"}', "unusable-header"),
        ("{type: oauth1, consumerKey: x}", "unsupported"),
        ("{type: alternatives, credentials: []}", "unsupported"),
        ("{type: bearer, tokens: x}", "unknown-key"),
        (
            "{type: oauth2, tokenEndpoint: x, clientId: a, clientSecret: b}",
            "missing-key",
        ),
    ],
)
def test_a_guard_is_refused(guard: str, code: str) -> None:
    assert code in [slug for slug, _ in errors(rest(guard))]


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("authorizationServerUri: login", "unusable-credential"),
        ("authorizationServerUri: 'https://a.example.com?x=1'", "unusable-credential"),
        ("authorizationServerUri: '{{x}}'", "unbound-guard"),
        (f"authorizationServerUri: {LOGIN}, scopes: ['a b']", "unusable-credential"),
    ],
)
def test_faulty_access_tokens_are_refused(keys: str, code: str) -> None:
    text = mcp(f"{{type: oauth2, {keys}, resource: {SHOP}}}")
    assert code in [slug for slug, _ in errors(text)]


@pytest.mark.parametrize(
    ("issuer", "is_warned"),
    [
        (LOGIN, False),
        ("http://login.example.com", True),
        ("http://localhost:8180/realms/shop", False),
    ],
)
def test_unencrypted_keys_are_a_warning(issuer: str, is_warned: bool) -> None:
    text = mcp(
        f"{{type: oauth2, authorizationServerUri: '{issuer}', resource: {SHOP}}}"
    )
    codes = [code for code, _ in findings(text)]
    assert ("unencrypted-credential" in codes) == is_warned


def test_a_guarded_adapter_may_delete() -> None:
    exposes = tools("- {name: act, description: A., call: api.act}\n").replace(
        "  address: localhost\n", ""
    )
    consumes = upstream("- {name: act, method: DELETE}\n")
    codes = [code for code, _ in findings(document(consumes, exposes, BINDS))]
    assert "unguarded-operation" in codes
    guarded_adapter = exposes.replace(
        "port: 9090", 'port: 9090\n  authentication: {type: bearer, token: "{{TOKEN}}"}'
    )
    codes = [code for code, _ in findings(document(consumes, guarded_adapter, BINDS))]
    assert "unguarded-operation" not in codes


def test_a_variable_may_be_that_of_the_adapter() -> None:
    """`<NAMESPACE>_TOKEN` is the natural name of a bearer token."""
    binds = "binds: [{namespace: c, keys: {T: THINGS_REST_TOKEN}}]\n"
    exposes = routes("- {method: GET, call: api.act}\n").replace(
        "port: 8080", 'port: 8080\n  authentication: {type: bearer, token: "{{T}}"}'
    )
    assert errors(document(upstream("- {name: act}\n"), exposes, binds)) == []


def test_the_credential_of_clients_is_no_input() -> None:
    operation = """\
    - method: GET
      call: api.act
      inputParameters: [{name: X-KEY, in: header}]
      with: {x: things-rest.X-KEY}
    """
    guard = '{type: apikey, key: x-key, value: "{{TOKEN}}"}'
    codes = [code for code, _ in errors(rest(guard, operation))]
    assert "unusable-credential" in codes
