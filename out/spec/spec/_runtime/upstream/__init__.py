"""Calls upstream APIs, with their credentials."""
