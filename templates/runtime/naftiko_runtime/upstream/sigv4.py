"""AWS Signature Version 4, which signs every request, and anew when it is repeated."""

import logging

from ..transport import Headers
from .signing import Signer


class SigV4(Signer):
    """A signer of requests with AWS credentials."""

    def __init__(
        self,
        access_key_id: str,
        secret_key: str,
        *,
        region: str,
        service: str,
        session_token: str | None = None,
    ) -> None:
        # Importing it takes 0.2 s, which commands without requests needn't spend.
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.credentials import Credentials

        # Its debug messages contain session tokens and the queries of clients.
        logging.getLogger("botocore.auth").setLevel(logging.INFO)
        credentials = Credentials(access_key_id, secret_key, session_token)
        scheme = S3SigV4Auth if service == "s3" else SigV4Auth
        self._signer = scheme(credentials, service, region)

    def signature(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Headers:
        """Return the headers that sign a request."""
        from botocore.awsrequest import AWSRequest

        covered = {name: value for name, value in headers if _is_covered(name)}
        request = AWSRequest(method, url, covered, body)
        self._signer.add_auth(request)
        added = (pair for pair in request.headers.items() if pair[0] not in covered)
        return tuple((name, str(value)) for name, value in added)


def _is_covered(name: str) -> bool:
    """Return whether a header is signed: proxies may change other headers."""
    lower = name.lower()
    return lower == "content-type" or lower.startswith("x-amz-")
