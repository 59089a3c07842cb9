"""Answers: how responses are read, shaped and combined."""
