"""Encoders: each turns a value into code for one kind of place in an emitted file."""

from naftiko_gen.emit.literals.code import (
    Code,
    array,
    bare,
    call_of,
    fill,
    join,
    keyword,
    requirement,
    verbatim,
)
from naftiko_gen.emit.literals.documents import (
    json_document,
    json_text,
    markdown,
    markdown_code,
    markdown_document,
    toml,
    yaml_string,
)
from naftiko_gen.emit.literals.prose import docstring, first_sentence, url_path
from naftiko_gen.emit.literals.python import (
    fstring,
    fstring_text,
    header_name,
    mapping,
    py,
    py_bytes,
    py_text,
)

__all__ = [
    "Code",
    "array",
    "bare",
    "call_of",
    "docstring",
    "fill",
    "first_sentence",
    "fstring",
    "fstring_text",
    "header_name",
    "join",
    "json_document",
    "json_text",
    "keyword",
    "mapping",
    "markdown",
    "markdown_code",
    "markdown_document",
    "py",
    "py_bytes",
    "py_text",
    "requirement",
    "toml",
    "url_path",
    "verbatim",
    "yaml_string",
]
