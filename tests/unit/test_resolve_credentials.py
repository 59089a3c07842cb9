"""Credentials: their meaning, refused ones, and parameters that they replace."""

from typing import get_args

import pytest
from documents import capability, document, errors, findings, messages, tools, upstream
from pydantic import BaseModel

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Severity
from naftiko_gen.language.models import CREDENTIALS
from naftiko_runtime.errors import SettingsError
from naftiko_runtime.settings import read_base_uri

GET = "- name: list\n"
POST = "- name: list\n  method: POST\n"
CALL = "- name: list\n  description: List things.\n  call: api.list\n"
BINDS = "binds:\n- namespace: env\n  keys: {K: K, S: S}\n"


def text(auth: str, operation: str = GET, path: str = "/things") -> str:
    more = f"authentication: {auth}\n"
    return document(upstream(operation, path, more=more), tools(CALL), BINDS)


def credential(auth: str, operation: str = GET) -> ir.Credential | None:
    return capability(text(auth, operation)).upstreams[0].credential


KEY = "{type: apikey, key: k, value: '{{S}}', placement: query}"
K = ir.Setting(ir.Variable("K", secret=True))
S = ir.Setting(ir.Variable("S", secret=True))


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ("{type: digest, username: '{{K}}', password: '{{S}}'}", ir.Digest(K, S)),
        (
            "{type: apikey, key: c, value: 'a {{K}}', placement: cookie}",
            ir.CookieKey("c", ir.Joined(("a ", K))),
        ),
        (
            "{type: oauth1, consumerKey: me, signingKey: '{{K}}'}",
            ir.OAuth1(ir.Constant("me"), ir.RsaKey(K), None),
        ),
        (
            "{type: oauth1, consumerKey: '{{K}}', consumerSecret: '{{S}}'}",
            ir.OAuth1(K, ir.SharedSecret("HMAC-SHA1", S, None), None),
        ),
        (
            "{type: oauth2, tokenEndpoint: 'https://a/t', clientId: me, "
            "clientSecret: '{{S}}', scopes: [a, b], audience: x}",
            ir.OAuth2(
                ir.Constant("https://a/t"),
                ir.Constant("me"),
                S,
                (("scope", ir.Constant("a b")), ("audience", ir.Constant("x"))),
            ),
        ),
        ("{type: hmac, apiId: '{{K}}', apiKey: '{{S}}'}", ir.Hmac(K, S)),
    ],
)
def test_a_credential_means(auth: str, expected: ir.Credential) -> None:
    assert credential(auth) == expected


@pytest.mark.parametrize(
    ("auth", "missing"),
    [
        ("{type: bearer}", ["API_TOKEN"]),
        ("{type: apiKey, in: header, name: X-Key}", ["API_API_KEY"]),
        ("{type: basic, username: '{{K}}'}", ["API_PASSWORD"]),
        ("{type: digest}", ["API_USERNAME", "API_PASSWORD"]),
        (
            "{type: oauth2, scopes: [a]}",
            ["API_TOKEN_ENDPOINT", "API_CLIENT_ID", "API_CLIENT_SECRET"],
        ),
    ],
)
def test_missing_fields_of_a_credential_are_variables(
    auth: str, missing: list[str]
) -> None:
    variables = {v.name: v.secret for v in capability(text(auth)).variables}
    assert [name for name in variables if name != "K"] == missing
    assert variables[missing[-1]]
    slugs = [slug for slug, _ in findings(text(auth), Severity.WARNING)]
    assert slugs.count("credential-setting") == len(missing)


@pytest.mark.parametrize(
    ("path", "is_outside"),
    [
        ("/etc/keys/a.pem", True),
        ("../a.pem", True),
        ("{{K}}/../a.pem", True),
        ("c:\\keys\\a.pem", True),
        ("keys/a.pem", False),
        ("keys/..a.pem", False),
        ("{{K}}", False),
    ],
)
def test_a_certificate_outside_of_the_project_is_reported(
    path: str, is_outside: bool
) -> None:
    diagnostics = findings(text(f"{{type: certificate, certPath: '{path}'}}"))
    assert ("absolute-bind-file" in str(diagnostics)) is is_outside


@pytest.mark.parametrize(
    ("auth", "name"),
    [
        ("{type: digest, username: a, password: s3cret}", "s3cret}"),
        ("{type: oauth1, consumerKey: a, signingKey: s3cret}", "s3cret}"),
        (
            "{type: oauth1, consumerKey: a, consumerSecret: '{{K}}', token: s3cret}",
            "s3cret}",
        ),
        (
            "{type: oauth2, tokenEndpoint: 'https://a/t', clientId: a, "
            "clientSecret: s3cret}",
            "s3cret}",
        ),
        (
            "{type: aws-sig-v4, accessKeyId: a, region: r, service: s, "
            "secretKey: s3cret}",
            "s3cret}",
        ),
        ("{type: hmac, apiId: a, apiKey: s3cret}", "s3cret}"),
        ("{type: certificate, certPath: a, certPassword: s3cret}", "s3cret}"),
        ("{type: apikey, headers: {a: '{{K}}', b: s3cret}}", "s3cret}}"),
    ],
)
def test_literal_secrets_are_errors(auth: str, name: str) -> None:
    assert errors(text(auth)) == [("literal-credential", name)]


@pytest.mark.parametrize(
    ("auth", "diagnostics"),
    [
        ("{type: hmac}", [("missing-key", "{type: hmac}")] * 2),
        (
            "{type: oauth2, tokenEndpoint: /t, clientId: a, clientSecret: '{{K}}'}",
            [("unusable-credential", "/t, clientId: a, clientSecret: '{{K}}'}")],
        ),
        *(
            (
                f"{{type: {kind}, username: 'a:{{{{U}}}}', password: '{{{{K}}}}'}}",
                [("unusable-credential", "'a:{{U}}', password: '{{K}}'}")],
            )
            for kind in ("basic", "digest")
        ),
        (
            "{type: hmac, apiId: 'a, b', apiKey: '{{K}}'}",
            [("unusable-credential", "'a, b', apiKey: '{{K}}'}")],
        ),
        (
            "{type: aws-sig-v4, accessKeyId: '{{A}}', secretKey: '{{K}}', "
            "region: 'eu é', service: '{{S}} 3'}",
            [
                ("unusable-credential", "'eu é', service: '{{S}} 3'}"),
                ("unusable-credential", "'{{S}} 3'}"),
            ],
        ),
        (
            "{type: oauth2, grantType: password, tokenEndpoint: 'https://a/t', "
            "clientId: a, clientSecret: '{{K}}'}",
            [
                (
                    "wrong-value",
                    "password, tokenEndpoint: 'https://a/t', clientId: a, "
                    "clientSecret: '{{K}}'}",
                )
            ],
        ),
        (
            "{type: oauth1, consumerKey: a, signingKey: '{{K}}', "
            "consumerSecret: '{{S}}'}",
            [("unusable-credential", "'{{S}}'}")],
        ),
        (
            "{type: oauth1, consumerKey: '{{K}}'}",
            [("missing-key", "{type: oauth1, consumerKey: '{{K}}'}")],
        ),
        (
            "{type: apikey, key: a b, value: '{{K}}', placement: cookie}",
            [("unusable-credential", "a b, value: '{{K}}', placement: cookie}")],
        ),
        ("{type: bearer, token: 'clé {{K}}'}", [("unusable-header", "'clé {{K}}'}")]),
        (
            "{type: apikey, key: c, value: 'clé {{K}}', placement: cookie}",
            [("unusable-header", "'clé {{K}}', placement: cookie}")],
        ),
        (
            "{type: apikey, headers: {Host: '{{K}}'}}",
            [("unusable-header", "Host: '{{K}}'}}")],
        ),
    ],
)
def test_a_credential_that_cannot_be_sent_is_an_error(
    auth: str, diagnostics: list[tuple[str, str]]
) -> None:
    assert errors(text(auth)) == diagnostics


def test_a_key_in_the_path_is_the_end_of_the_base_uri() -> None:
    auth = "{type: apikey, key: token, value: '{{K}}', placement: path}"
    spec = text(auth).replace("api.example.com", "{region}.example.com/v1/bot{token}/x")
    api = capability(spec).upstreams[0]
    region = ir.Variable("API_REGION", secret=False)
    assert api.base_uri == ("https://", region, ".example.com/v1")
    assert api.credential == ir.PathKey("token", K, ("/bot", K, "/x"))


def test_a_key_in_the_path_may_stand_in_paths() -> None:
    auth = "{type: apikey, key: token, value: '{{K}}', placement: path}"
    consumes = GET + "  inputParameters: [{name: token, in: path}]\n"
    spec = text(auth, consumes, "'/bot{{token}}/things'")
    operation = capability(spec).operations[0]
    assert operation.path == ("/bot", K.variable, "/things")
    assert operation.parameters == ()
    slugs = [slug for slug, _ in findings(spec, Severity.WARNING)]
    assert slugs == ["redundant-parameter"]


def test_a_key_in_the_host_is_none_in_the_path() -> None:
    auth = "{type: apikey, key: token, value: '{{K}}', placement: path}"
    spec = text(auth).replace("api.example.com", "{token}.example.com/v1")
    assert [slug for slug, _ in errors(spec)] == ["unusable-credential"]


@pytest.mark.parametrize("place", ["query", "body"])
def test_a_parameter_gives_way_to_the_credential(place: str) -> None:
    auth = f"{{type: apikey, key: k, value: '{{{{K}}}}', placement: {place}}}"
    operation = (
        f"  inputParameters: [{{name: k, in: {place}, required: true}}, "
        f"{{name: other, in: {place}}}]\n"
    )
    spec = text(auth, POST + operation)
    assert ("redundant-parameter", "k, in: ") in [
        (slug, line[:7]) for slug, line in findings(spec, Severity.WARNING)
    ]
    names = [parameter.name for parameter in capability(spec).operations[0].parameters]
    assert "k" not in names
    assert "other" in names


def test_a_template_of_a_body_may_name_the_credential() -> None:
    auth = "{type: apikey, key: k, value: '{{K}}', placement: body}"
    body = "  body: {type: json, data: {k: '{{tools.k}}', a: '{{tools.a}}'}}\n"
    operation = capability(text(auth, POST + body)).operations[0]
    assert [parameter.name for parameter in operation.parameters] == ["a"]


def test_a_body_of_parts_has_the_credential_among_them() -> None:
    auth = "{type: apikey, key: k, value: '{{K}}', placement: body}"
    key = ir.FieldPart("k", ir.Setting(ir.Variable("K", secret=True)))
    template = "{k: '{{tools.k}}', a: '{{tools.a}}'}"
    for data, at in ((template, 0), ("{a: '{{tools.a}}'}", 1)):
        body = f"  body: {{type: multipart, data: {data}}}\n"
        operation = capability(text(auth, POST + body)).operations[0]
        assert [parameter.name for parameter in operation.parameters] == ["a"]
        assert isinstance(operation.body, ir.MultipartBody)
        assert operation.body.parts[at] == key
        assert len(operation.body.parts) == 2


def test_a_body_without_a_place_for_the_credential_is_an_error() -> None:
    auth = "{type: apikey, key: k, value: '{{K}}', placement: body}"
    body = "  body: {type: text, data: 'a {{tools.a}}'}\n"
    assert [slug for slug, _ in errors(text(auth, POST + body))] == [
        "unusable-credential"
    ]


# --- addresses ---

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


@pytest.mark.parametrize(
    ("address", "codes"),
    [
        ("https://a/t?tenant={{T}}", []),
        ("{{BASE}}/t", []),
        ("{{SCHEME}}://a/t", []),
        ("ftp://{{HOST}}/t", ["unusable-credential"]),
        ("https://{{HOST}}:0/t", ["unusable-credential"]),
        ("https://a/t?b?c", ["unusable-credential"]),
        ("https://me:secret@a/t", ["literal-credential"]),
    ],
)
def test_addresses_of_tokens_hold_variables(address: str, codes: list[str]) -> None:
    auth = f"{{type: oauth2, tokenEndpoint: '{address}', clientId: a, "
    document = text(auth + "clientSecret: '{{K}}'}")
    assert [slug for slug, _ in errors(document)] == codes
    assert "secret" not in " ".join(messages(document))


# --- alternatives ---


def beside_a_token(other: str) -> str:
    return f"{{type: bearer, token: '{{{{K}}}}', alternatives: [{other}]}}"


def first(auth: str) -> str:
    return f"{auth.removesuffix('}')}, alternatives: [{KEY}]}}"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (KEY, ir.QueryKey("k", S)),
        ("{type: apiKey, name: X-K, value: '{{S}}'}", ir.HeaderKey("X-K", S)),
        (
            "{type: apikey, key: c, value: '{{S}}', placement: cookie}",
            ir.CookieKey("c", S),
        ),
        (
            "{type: basic, username: me, password: '{{S}}'}",
            ir.Basic(ir.Constant("me"), S),
        ),
        (
            "{type: apikey, headers: {A: '{{K}}', B: '{{S}}'}}",
            ir.SeveralKeys((ir.HeaderKey("A", K), ir.HeaderKey("B", S))),
        ),
    ],
)
def test_a_credential_may_have_alternatives(other: str, expected: ir.Attached) -> None:
    auth = beside_a_token(other)

    assert credential(auth) == ir.Alternatives((ir.Bearer(K), expected))
    assert "credential-alternatives" in [slug for slug, _ in findings(text(auth))]


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ("{type: digest, username: a, password: '{{S}}'}", "digest"),
        ("{type: hmac, apiId: a, apiKey: '{{S}}'}", "hmac"),
        ("{type: apikey, key: k, value: '{{S}}', placement: body}", "body"),
    ],
)
def test_credentials_that_differ_by_request_have_no_alternatives(
    other: str, kind: str
) -> None:
    message = f"'{kind}' can't be an alternative"
    for auth in (beside_a_token(other), first(other)):
        assert [slug for slug, _ in errors(text(auth))] == ["unusable-credential"]
        assert message in messages(text(auth))


@pytest.mark.parametrize(
    ("others", "credentials"),
    [
        ("{type: none}", (ir.Bearer(K),)),
        (f"{KEY}, {{type: none}}", (ir.Bearer(K), ir.QueryKey("k", S))),
    ],
)
def test_none_as_the_last_alternative_makes_credentials_optional(
    others: str, credentials: tuple[ir.Attached, ...]
) -> None:
    auth = beside_a_token(others)

    assert credential(auth) == ir.Alternatives(credentials, ir.Fallback.ANONYMOUS)
    message = "requests are sent without a credential if none is set"
    assert message in messages(text(auth))


@pytest.mark.parametrize(
    "auth",
    [
        beside_a_token(f"{{type: none}}, {KEY}"),
        beside_a_token("{type: none}, {type: none}"),
        f"{{type: none, alternatives: [{KEY}]}}",
        "{type: none, alternatives: []}",
    ],
)
def test_none_is_the_last_alternative_or_an_error(auth: str) -> None:
    assert [slug for slug, _ in errors(text(auth))] == ["unusable-credential"]
    message = "'none' must be the last of several alternatives"
    assert message in messages(text(auth))


def test_only_none_is_no_credential() -> None:
    message = "authentication of type 'none' can't be compiled yet"
    assert message in messages(text("{type: none}"))


@pytest.mark.parametrize("auth", ["{type: apikeys, keys: []}", "{type: apikeys}"])
def test_a_list_of_no_keys_is_an_error(auth: str) -> None:
    assert errors(text(auth))
    assert errors(text(beside_a_token(auth)))


def test_an_alternative_of_an_unknown_type_is_called_a_credential() -> None:
    message = "authentication of type 'saml' can't be compiled yet"
    assert message in messages(text(beside_a_token("{type: saml}")))


def test_the_language_and_the_ir_name_the_same_kinds() -> None:
    assert {kind.label for kind in get_args(ir.Single)} == set(CREDENTIALS)


@pytest.mark.parametrize(("kind", "model"), CREDENTIALS.items())
def test_the_tag_of_a_credential_is_its_type(kind: str, model: type[BaseModel]) -> None:
    assert get_args(model.model_fields["type"].annotation) == (kind,)


def test_an_input_stays_if_it_feeds_another_parameter_as_well() -> None:
    operation = "- name: list\n  inputParameters: [{name: q, in: query}]\n"
    consumes = upstream(operation, more=f"authentication: {KEY}\n")
    unit = "inputParameters: [{name: k, type: string}], with: {k: tools.k, q: tools.k}"
    tool = f"- {{name: list, description: L., call: api.list, {unit}}}\n"
    [exposed] = capability(document(consumes, tools(tool), BINDS)).tools
    assert [input_.name for input_ in exposed.inputs] == ["k"]
