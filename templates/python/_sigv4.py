"""AWS Signature Version 4: every request is signed, and each sending of it anew."""

import logging
from functools import partial

from ._upstream import Headers, Reply, Transport


class SigV4:
    """Signs what is sent."""

    def __init__(
        self,
        access_key_id: str,
        secret_key: str,
        *,
        region: str,
        service: str,
        session_token: str | None = None,
    ) -> None:
        # It takes 0.2 s to import, which commands that send nothing needn't spend.
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.credentials import Credentials

        # What it logs for debugging holds session tokens and callers' queries.
        logging.getLogger("botocore.auth").setLevel(logging.INFO)
        credentials = Credentials(access_key_id, secret_key, session_token)
        scheme = S3SigV4Auth if service == "s3" else SigV4Auth
        self._signer = scheme(credentials, service, region)

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that signs what it sends over another."""
        return partial(self._send, exchange)

    async def _send(
        self,
        exchange: Transport,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
    ) -> Reply:
        fields = self._fields(method, url, headers, body)
        return await exchange(method, url, (*headers, *fields), body)

    def _fields(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Headers:
        """Return the headers of a signature, which covers what AWS asks for."""
        from botocore.awsrequest import AWSRequest

        covered = {name: value for name, value in headers if _is_covered(name)}
        request = AWSRequest(method, url, covered, body)
        self._signer.add_auth(request)
        added = (pair for pair in request.headers.items() if pair[0] not in covered)
        return tuple((name, str(value)) for name, value in added)


def _is_covered(name: str) -> bool:
    """Say whether a header is signed: others may be changed by what is in between."""
    lower = name.lower()
    return lower == "content-type" or lower.startswith("x-amz-")
