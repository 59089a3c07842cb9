"""Drift: how far a capability and the description of its API differ."""
