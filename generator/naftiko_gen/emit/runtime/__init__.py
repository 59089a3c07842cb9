"""The runtime: the code that packages share, and how a package gets it."""
