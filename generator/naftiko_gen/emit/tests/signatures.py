"""What the emitted tests sign with, and how they tell that a request is signed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain
from typing import TYPE_CHECKING

from naftiko_gen.emit.package.parts import credential_variables, request_variables
from naftiko_gen.ir import Hmac, OAuth1, RsaKey, Setting, SigV4

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from naftiko_gen.ir import Capability, Credential, Text, Variable

SELF_SIGNING = (OAuth1, SigV4, Hmac)
"""Credentials that sign each request by itself, whatever it is sent over."""

_SCHEMES = {
    OAuth1: "OAuth",
    SigV4: "AWS4-HMAC-SHA256",
    Hmac: "VERACODE-HMAC-SHA-256",
}


class Key(Enum):
    """A kind of key that not every text is."""

    HEXADECIMAL = auto()
    RSA = auto()


@dataclass(frozen=True)
class Signatures:
    """The schemes that sign, by namespace, and what has to be a key for that."""

    schemes: Mapping[str, str]
    keys: Mapping[Variable, Key]


UNSIGNED = Signatures({}, {})


def signatures(capability: Capability) -> Signatures:
    """Return what signs in the tests: nothing if they can't have all the keys."""
    held = {one.namespace: one.credential for one in capability.upstreams}
    keys = [key for one in held.values() for key in _keys(one)]
    wanted = {(text.variable, kind) for text, kind in keys if isinstance(text, Setting)}
    # Of a key that is a part of a text, nobody knows what makes one of the whole.
    are_whole = all(isinstance(text, Setting) for text, _ in keys)
    if not are_whole or not _are_alone(wanted, len(keys), capability):
        return UNSIGNED
    schemes = {
        namespace: _SCHEMES[type(one)]
        for namespace, one in held.items()
        if isinstance(one, SELF_SIGNING)
    }
    return Signatures(schemes, dict(wanted))


def _keys(held: Credential | None) -> Iterator[tuple[Text, Key]]:
    match held:
        case Hmac(api_key=key):
            yield key, Key.HEXADECIMAL
        case OAuth1(signature=RsaKey(key=key)):
            yield key, Key.RSA
        case _:
            pass


def _are_alone(
    wanted: Collection[tuple[Variable, Key]], uses: int, capability: Capability
) -> bool:
    """Say whether each key is nothing else, so that its sample can be one thing."""
    used = Counter(
        chain(request_variables(capability), credential_variables(capability))
    )
    variables = {variable for variable, _ in wanted}
    is_one_thing = len(variables) == len(wanted)
    return is_one_thing and sum(used[each] for each in variables) == uses
