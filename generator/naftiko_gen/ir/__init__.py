"""The intermediate representation: a capability with every reference resolved.

It holds objects instead of names, so later stages look up, parse and infer nothing.
Names are the ones on the wire (`page[size]`); emitters choose the Python names. An
absent value is None or an empty tuple.

Consumers import from here: each module lists the names that it exports.
"""

from naftiko_gen.ir.adapters import *
from naftiko_gen.ir.bodies import *
from naftiko_gen.ir.capability import *
from naftiko_gen.ir.credentials import *
from naftiko_gen.ir.effects import *
from naftiko_gen.ir.exposed import *
from naftiko_gen.ir.flows import *
from naftiko_gen.ir.formats import *
from naftiko_gen.ir.implementation import *
from naftiko_gen.ir.operations import *
from naftiko_gen.ir.outputs import *
from naftiko_gen.ir.parameters import *
from naftiko_gen.ir.queries import *
from naftiko_gen.ir.templates import *
from naftiko_gen.ir.types import *
