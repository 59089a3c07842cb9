"""Rules for `binds`, and for references in `with` and elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial

from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.diagnostics.span import visible_files
from naftiko_gen.dialects.rewriting import (
    ANSWERS,
    BINDS,
    CONSUMED_OPERATIONS,
    CONSUMED_RESOURCES,
    CONSUMES,
    EXPOSED_ANSWERS,
    EXPOSES,
    at,
    mappings,
    rewrite,
    rewrite_all,
    rewrite_entries,
    rewrite_scalars,
)
from naftiko_gen.language.names import env_name
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

_Key = tuple[str | None, str]
Refer = Callable[[Node], Node]
"Returns a reference for a key of `binds`, and other nodes unchanged."
Spell = Callable[[str, Span], str]
"Returns the canonical spelling of a text in `with`."

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_LOUD = re.compile(r"[A-Z0-9_][A-Z0-9_.-]*")
"""Texts that look like variables; a shell can't set all of them."""
_WORDS = {"true": ("on", "yes", "y"), "false": ("off", "no", "n")}
_NAMED = re.compile(r"(?:\{\{\s*)?(?:tools\.|rest\.)?(?P<word>[a-z]+)(?:\s*\}\})?")
_HOLDERS = (
    (*CONSUMED_OPERATIONS, "body", "data"),
    *((*unit, "with") for unit in EXPOSED_ANSWERS),
)


@at(*_HOLDERS)
def boolean_key(holder: Mapping, report: Report) -> Mapping:
    """Read the key `true` as `on` if its value is the input `on`, and similar keys.

    YAML 1.1 reads `on`, `yes` and `y` as true, and `off`, `no` and `n` as false. A
    program that reads and writes a spec with YAML 1.1 therefore changes such keys.
    """

    def change(entry: Entry) -> Entry:
        word = _word(entry)
        if word is None or word == entry.key:
            return entry
        message = f"the key {quote(entry.key)} is read as {quote(word)}"
        report.add(Code.BOOLEAN_KEY, message, entry.span)
        return replace(entry, key=word)

    return rewrite_entries(holder, change, enter=lambda _: True)


def _word(entry: Entry) -> str | None:
    """Return the original word of a boolean key, if the value names it."""
    match entry.value:
        case Scalar(value=str() as text):
            match = _NAMED.fullmatch(text)
            words = _WORDS.get(entry.key, ())
            return match["word"] if match and match["word"] in words else None
        case _:
            return None


_ENVIRONMENT = ("env:", "env://", "env:///")


@at(*BINDS)
def environment_location(bind: Mapping, _: Report) -> Mapping:
    """Leave out the location `env://`: names are bound to the environment anyway."""
    is_environment = bind.text("location") in _ENVIRONMENT
    return bind.drop("location") if is_environment else bind


_PARAMETERS = tuple(
    (*holder, "inputParameters")
    for holder in (CONSUMES, CONSUMED_RESOURCES, CONSUMED_OPERATIONS)
)
_NO_VALUES = frozenset({"type", "placement", "key", "grantType", "signatureMethod"})
"""Keys of credentials that no variable sets."""


def bind_reference(tree: Mapping, report: Report) -> Mapping:
    """Read a key of `binds` in a credential or a fixed parameter as a reference."""
    keys = frozenset(_keys(tree))
    if not keys:
        return tree
    refer = partial(_reference, keys, report)
    credentials = ((*CONSUMES, "authentication"), (*EXPOSES, "authentication"))
    tree = rewrite_all(tree, credentials, partial(_credential, refer))
    return rewrite_all(tree, _PARAMETERS, partial(_parameter, refer))


def _keys(tree: Mapping) -> Iterator[_Key]:
    """Yield the keys of `binds`, with the files that declare them."""
    for path in BINDS:
        for bind in mappings(tree, path):
            keys = bind.get("keys")
            if isinstance(keys, Mapping):
                file = next(visible_files(bind.span))
                yield from ((file, entry.key) for entry in keys.entries)


def _reference(keys: Collection[_Key], report: Report, node: Node) -> Node:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    if not any((file, node.value) in keys for file in visible_files(node.span)):
        return node
    reference = f"{{{{{node.value}}}}}"
    message = f"{quote(node.value)} is read as {quote(reference)}, a key of 'binds'"
    report.add(Code.BIND_REFERENCE, message, node.span)
    return Scalar(reference, node.span)


def _credential(refer: Refer, credential: Mapping) -> Mapping:
    return credential.with_entries(
        e if e.key in _NO_VALUES else e.with_value(_values(refer, e.value))
        for e in credential.entries
    )


def _values(refer: Refer, node: Node) -> Node:
    """Return the value of a credential's key; lists hold further credentials."""
    match node:
        case Sequence():
            return node.with_items(_values(refer, item) for item in node.items)
        case Mapping():
            return _credential(refer, node)
        case Scalar():
            return refer(node)


def _parameter(refer: Refer, parameter: Mapping) -> Mapping:
    value = parameter.get("value")
    return parameter.put("value", refer(value)) if value else parameter


_PREFIXES = ("rest", "tools")
_BARE_VARIABLE = re.compile(r"env\.[A-Za-z_][A-Za-z0-9_]*")


@at(EXPOSES)
def environment_reference(adapter: Mapping, report: Report) -> Mapping:
    """Read `env.NAME` in `with` as `{{env.NAME}}`, unless an adapter is named `env`."""
    if adapter.text("namespace") == "env":
        return adapter

    def spell(text: str, span: Span) -> str:
        if not _BARE_VARIABLE.fullmatch(text):
            return text
        template = f"{{{{{text}}}}}"
        message = f"{quote(text)} is read as {quote(template)}"
        report.add(Code.ENVIRONMENT_REFERENCE, message, span)
        return template

    return _respell(adapter, spell)


@at(EXPOSES)
def reference_prefix(adapter: Mapping, report: Report) -> Mapping:
    """Read `rest.x` and `tools.x` in `with` as references to the input `x`."""
    namespace = adapter.get("namespace")
    if namespace is None:
        return adapter
    prefix = f"{namespace.plain()}."

    def spell(text: str, span: Span) -> str:
        old, _, name = text.partition(".")
        if old not in _PREFIXES or not name or text.startswith(prefix):
            return text
        spelling = prefix + name
        message = f"{quote(text)} is read as {quote(spelling)}"
        report.add(Code.REFERENCE_PREFIX, message, span)
        return spelling

    return _respell(adapter, spell)


@at(EXPOSES)
def step_reference(adapter: Mapping, report: Report) -> Mapping:
    """Read `$step.x` in `with` of a later step as `$.step.x`."""
    own = f"$this.{adapter.text('namespace')}."
    respell = partial(_respell_steps, own, report)
    return rewrite_all(adapter, ANSWERS, respell)


def _respell_steps(own: str, report: Report, unit: Mapping) -> Mapping:
    steps = unit.get("steps")
    if not isinstance(steps, Sequence):
        return unit
    names: list[str] = []
    items: list[Node] = []
    for step in steps.items:
        if isinstance(step, Mapping):
            spell = partial(_with_root, own, tuple(names), report)
            items.append(rewrite(step, ("with",), partial(_respell_values, spell)))
            names.append(step.text("name") or "")
        else:
            items.append(step)
    return unit.put("steps", steps.with_items(items))


def _with_root(
    own: str, names: Iterable[str], report: Report, text: str, span: Span
) -> str:
    """Return a reference to one of the named steps with the root in front."""
    if not text.startswith("$") or text.startswith(("$.", own)):
        return text
    if re.split(r"[.\[]", text[1:], maxsplit=1)[0].strip() not in names:
        message = f"{quote(text)} refers to no earlier step: it is sent as this text"
        report.add(Code.UNREAD_REFERENCE, message, span)
        return text
    spelling = f"$.{text[1:]}"
    report.add(Code.STEP_REFERENCE, f"{quote(text)} is read as {quote(spelling)}", span)
    return spelling


def _respell(adapter: Mapping, spell: Spell) -> Mapping:
    """Respell every text in `with`, at any depth."""
    holders = (*ANSWERS, *((*unit, "steps") for unit in ANSWERS))
    paths = tuple((*holder, "with") for holder in holders)
    return rewrite_all(adapter, paths, partial(_respell_values, spell))


def _respell_values(spell: Spell, values: Mapping) -> Mapping:
    def change(scalar: Scalar) -> Scalar:
        text = scalar.value
        spelling = spell(text, scalar.span) if isinstance(text, str) else text
        return scalar if spelling == text else Scalar(spelling, scalar.span)

    return values.with_entries(
        entry.with_value(rewrite_scalars(entry.value, change))
        for entry in values.entries
    )


@at(("binds",))
def variable_name(bind: Mapping, report: Report) -> Mapping:
    """Rename variables in `binds` that a shell can't set, such as `3M_KEY`."""
    keys = bind.get("keys")
    if "location" in bind or not isinstance(keys, Mapping):
        return bind

    def change(entry: Entry) -> Entry:
        name = entry.value.value if isinstance(entry.value, Scalar) else None
        if not isinstance(name, str) or not _LOUD.fullmatch(name):
            return entry
        if _VARIABLE.fullmatch(name):
            return entry
        usable = env_name(name)
        message = f"the variable {quote(name)} is called {usable}"
        report.add(Code.VARIABLE_NAME, message, entry.value.span)
        return entry.with_value(Scalar(usable, entry.value.span))

    return bind.put("keys", keys.with_entries(map(change, keys.entries)))


RULES = (
    boolean_key,
    variable_name,
    environment_location,
    bind_reference,
    environment_reference,
    reference_prefix,
    step_reference,
)
