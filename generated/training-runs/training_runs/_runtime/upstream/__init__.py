"""Calls upstream APIs."""
