"""Writes into a document what the compiler assumes about it.

A rule proposes edits of the text for a finding; `repair.py` keeps those after which
the document means the same and less is assumed. Nothing is dumped: what no edit names
stays as it was typed, to the byte.
"""
