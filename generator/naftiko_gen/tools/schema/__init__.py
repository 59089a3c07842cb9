"""A JSON Schema of specs, for editors: the official language and its dialects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.tools.schema.dialect import with_dialect
from naftiko_gen.tools.schema.language import language

if TYPE_CHECKING:
    from naftiko_gen.tools.schema.fragments import Fragment


def json_schema() -> Fragment:
    """Return a schema (draft 7) of every spec that the compiler reads.

    Forms of the dialects are marked as deprecated, with the official spelling. The
    schema doesn't check references between names; the compiler does.
    """
    return with_dialect(language())
