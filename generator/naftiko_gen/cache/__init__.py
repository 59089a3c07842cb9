"""The cache of results: an unchanged spec needn't be compiled again.

An entry holds the diagnostics of a spec and the digest of its package's manifest, never
a file of the package. So no byte of the output can come from the cache.
"""
