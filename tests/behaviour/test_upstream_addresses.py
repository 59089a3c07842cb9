"""Where upstreams live: authorities that are trusted, and addresses that are risky."""

from pathlib import Path

import pytest
from service import Package, running

from case_tables import named_table
from certificates import Certificates
from recording_upstream import RecordingUpstream, recording

SPEC = Path(__file__).with_name("upstream_addresses.yaml")
ADDRESSES = named_table(__file__, "risky_addresses")
CREDENTIAL = "s3cret"
UNENCRYPTED = "begins with http://, so the credential is sent unencrypted"
LINK_LOCAL = "is a link-local or metadata address"


@pytest.mark.parametrize("is_trusted", [True, False])
async def test_an_authority_of_one_s_own(
    package: Package, tmp_path: Path, *, is_trusted: bool
) -> None:
    certificates = Certificates(tmp_path)
    context = certificates.open_context()
    upstream = RecordingUpstream()
    env = {"SSL_CERT_FILE": str(certificates.authority)} if is_trusted else {}
    async with recording(upstream, context) as address:
        base_uri = f"https://{address}"
        variables = {"OPEN_BASE_URI": base_uri, "KEYED_BASE_URI": base_uri}
        with running(package, MY_KEY=CREDENTIAL, **variables, **env) as process:
            async with process.client() as rest:
                response = await rest.get("/keyed")
    assert response.status_code == (200 if is_trusted else 502)
    assert len(upstream.requests) == int(is_trusted)
    reason = "could not be reached (its certificate isn't accepted: "
    assert (reason in process.output) is not is_trusted


def warnings(package: Package, *arguments: str, **variables: str) -> list[str]:
    with running(
        package, "serve", *arguments, MY_KEY=CREDENTIAL, **variables
    ) as service:
        pass
    assert CREDENTIAL not in service.output
    return [line for line in service.output.splitlines() if "WARNING" in line]


@pytest.mark.parametrize("host", ADDRESSES["link-local"])
def test_link_local_addresses_are_said(package: Package, host: str) -> None:
    [line] = warnings(package, OPEN_BASE_URI=f"http://{host}/latest")
    assert f"OPEN_BASE_URI {LINK_LOCAL}" in line
    first, second = warnings(package, KEYED_BASE_URI=f"http://{host}:80")
    assert f"KEYED_BASE_URI {LINK_LOCAL}" in first
    assert f"KEYED_BASE_URI {UNENCRYPTED}" in second


@pytest.mark.parametrize(("base_uri", "is_said"), ADDRESSES["unencrypted"].items())
def test_unencrypted_credentials_are_said(
    package: Package, base_uri: str, *, is_said: bool
) -> None:
    messages = warnings(package, OPEN_BASE_URI=base_uri, KEYED_BASE_URI=base_uri)
    assert [f"KEYED_BASE_URI {UNENCRYPTED}" in line for line in messages] == [
        True
    ] * is_said


def test_the_mock_needs_no_address(package: Package) -> None:
    base_uri = "http://169.254.169.254"
    assert not warnings(
        package, "--mock", OPEN_BASE_URI=base_uri, KEYED_BASE_URI=base_uri
    )
