"""Outputs of routes and tools: shapes, formats, flows of calls, and scripts."""
