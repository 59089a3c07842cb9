"""Responses of a mock upstream."""

import json

from ..reply import Reply

JSON = ((b"content-type", b"application/json"),)

CREATED = Reply(201, JSON, b'{"odd" :  1.0}')
"""A response with unusual spaces, which show that its bytes are passed on unchanged."""

EMPTY = Reply(201, (), b"")
"""A successful response without a body."""


def json_reply(document: object) -> Reply:
    """Return a response with status 200 and a JSON body."""
    return Reply(200, JSON, json.dumps(document).encode())
