"""A JSON Schema of what is accepted, for editors: the language, then its dialects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.tools.schema.dialect import with_dialect
from naftiko_gen.tools.schema.language import language

if TYPE_CHECKING:
    from naftiko_gen.tools.schema.fragments import Fragment


def json_schema() -> Fragment:
    """Return a schema (draft 7) of every document that the compiler reads.

    What only the dialects of published documents have is marked as deprecated, with the
    official spelling. Names that refer to something are the compiler's to check.
    """
    return with_dialect(language())
