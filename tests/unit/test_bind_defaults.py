"""Defaults and choices of variables in `binds`."""

from pathlib import Path

import pytest

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.frontend import Reading

SPEC = """\
naftiko: 1.0.0-alpha2
info: {{version: 1.0.0}}
binds:
- namespace: env
  keys: {{API_HOST: API_HOST, API_TOKEN: API_TOKEN}}
  # naftiko-gen: extension
  {usual}
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://{{{{API_HOST}}}}
    authentication: {{type: bearer, token: '{{{{API_TOKEN}}}}'}}
    resources:
    - {{name: a, path: /a, operations: [{{name: a, method: GET}}]}}
  exposes:
  - type: mcp
    namespace: tools
    port: 9090
    tools: [{{name: a, description: A., call: api.a}}]
"""


def read(usual: str, directory: Path) -> Reading:
    spec = directory / "spec.yaml"
    spec.write_text(SPEC.format(usual=usual), "utf-8")
    return frontend.read(spec, Options(Path()))


def test_a_variable_has_its_default_and_its_choices(tmp_path: Path) -> None:
    text = "defaults: {API_HOST: x.test}\n  choices: {API_HOST: [x.test, y.test]}"
    meaning = read(text, tmp_path).meaning

    assert meaning
    host, token = meaning.capability.variables
    assert host == ir.Variable(
        "API_HOST", secret=False, default="x.test", choices=("x.test", "y.test")
    )
    assert token.default is None


@pytest.mark.parametrize(
    ("usual", "code", "message"),
    [
        ("defaults: {API_TOKEN: sesame}", "unusable-default", "is a credential"),
        ("defaults: {OTHER: x}", "unusable-default", "isn't in 'keys'"),
        ("choices: {OTHER: [x]}", "unusable-default", "isn't in 'keys'"),
        (
            "defaults: {API_HOST: x}\n  choices: {API_HOST: [y]}",
            "unusable-default",
            "isn't one of 'y'",
        ),
        ("defaults: {API_HOST: 'a b'}", "unusable-base-uri", "no URL can have"),
        ("defaults: {API_HOST: 169.254.169.254}", "metadata-address", "169.254"),
        ("defaults: [API_HOST]", "wrong-type", "mapping"),
    ],
)
def test_an_unusable_default_is_reported(
    usual: str, code: str, message: str, tmp_path: Path
) -> None:
    diagnostics = [d for d in read(usual, tmp_path).diagnostics if d.code.slug == code]

    assert diagnostics
    assert message in diagnostics[0].message
    assert diagnostics[0].span
