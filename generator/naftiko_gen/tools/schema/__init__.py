"""A JSON Schema of specs, for editors: both languages and their dialects."""

from __future__ import annotations

from naftiko_gen.dialects.forms import Fragment
from naftiko_gen.tools.schema.dialect import with_dialect
from naftiko_gen.tools.schema.ikanos import with_ikanos
from naftiko_gen.tools.schema.language import language


def json_schema() -> Fragment:
    """Return a schema (draft 7) of every spec that the compiler reads.

    Forms of the dialects are marked as deprecated, with the official spelling. The
    schema doesn't check references between names; the compiler does.
    """
    return with_ikanos(with_dialect(language()))
