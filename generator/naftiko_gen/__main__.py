"""`python -m naftiko_gen` is the command line."""

import sys

from naftiko_gen.cli import main

sys.exit(main())
