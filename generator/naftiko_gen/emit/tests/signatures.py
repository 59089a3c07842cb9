"""The keys with which the emitted tests sign, and the schemes that they assert."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from naftiko_gen.emit.requests.parts import credential_variables, request_variables
from naftiko_gen.emit.signers import signed_scheme
from naftiko_gen.ir import Setting

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from naftiko_gen.ir import Capability, KeyFormat, Variable


@dataclass(frozen=True)
class Signatures:
    """The schemes that sign, by namespace, and the variables that must be keys."""

    schemes: Mapping[str, str]
    keys: Mapping[Variable, KeyFormat]


UNSIGNED = Signatures({}, {})


def signatures(capability: Capability) -> Signatures:
    """Return the signatures of the tests: none if a key can't have a sample."""
    credentials = {
        upstream.namespace: upstream.credential for upstream in capability.upstreams
    }
    keys = [
        key
        for credential in credentials.values()
        if credential is not None
        for key in credential.formatted_keys
    ]
    pairs = {(text.variable, kind) for text, kind in keys if isinstance(text, Setting)}
    # If a key is a part of a text, no sample of the part is sure to make a valid key.
    are_whole = all(isinstance(text, Setting) for text, _ in keys)
    if not are_whole or not _are_alone(pairs, len(keys), capability):
        return UNSIGNED
    schemes = {
        namespace: scheme
        for namespace, credential in credentials.items()
        if (scheme := signed_scheme(credential)) is not None
    }
    return Signatures(schemes, dict(pairs))


def _are_alone(
    pairs: Collection[tuple[Variable, KeyFormat]], uses: int, capability: Capability
) -> bool:
    """Return whether each key has one use, so that one sample will do."""
    counts = Counter(
        chain(request_variables(capability), credential_variables(capability))
    )
    variables = {variable for variable, _ in pairs}
    is_one_thing = len(variables) == len(pairs)
    return is_one_thing and sum(counts[variable] for variable in variables) == uses
