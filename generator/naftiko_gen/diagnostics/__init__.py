"""Diagnostics: their codes, places and severities, and how they are shown."""
