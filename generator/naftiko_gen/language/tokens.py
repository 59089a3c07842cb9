"""An estimate of the tokens that a model reads."""

from __future__ import annotations


def token_count(text: str) -> int:
    """Return about how many tokens a text has: two for each nine bytes of UTF-8.

    Tokenizers differ. That of GPT-4o takes 4.5 bytes for a token of the tools of a
    large API, as compact JSON.
    """
    return -(-len(text.encode()) * 2 // 9)


def in_words(tokens: int) -> str:
    """Return a number of tokens for readers, in three digits that matter."""
    number = round(tokens, min(0, 3 - len(str(tokens))))
    return f"about {number:,} tokens"
