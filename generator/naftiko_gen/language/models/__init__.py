"""The normalised spec as typed models, one class for each noun of the language.

Every model keeps the syntax tree node that it was read from (`node`), so that later
stages can point at its keys and values.
"""

from naftiko_gen.language.models.adapters import *
from naftiko_gen.language.models.base import *
from naftiko_gen.language.models.consumes import *
from naftiko_gen.language.models.credentials import *
from naftiko_gen.language.models.pages import *
from naftiko_gen.language.models.spec import *
from naftiko_gen.language.models.units import *
