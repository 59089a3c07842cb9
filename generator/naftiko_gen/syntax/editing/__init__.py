"""Edits of YAML that leave the rest of a file as its author typed it."""
