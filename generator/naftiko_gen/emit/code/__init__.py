"""Renders files: names, imports, templates and a check of their structure."""
