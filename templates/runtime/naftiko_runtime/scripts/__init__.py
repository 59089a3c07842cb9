"""Runs scripts of a spec, each in a process of its own."""
