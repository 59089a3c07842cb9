"""The way to the network: a function that sends a request and returns the response."""

from collections.abc import Awaitable, Callable

from .reply import Reply

Headers = tuple[tuple[str, str], ...]
Transport = Callable[[str, str, Headers, bytes | None], Awaitable[Reply]]
"""A function that sends a request and returns the upstream's response.

Its arguments are method, URL, headers and body. It raises NotSentError, NoAnswerError,
or CallError if too many calls are in flight. A call that raised NotSentError or
ConnectionLostError may be repeated.
"""
