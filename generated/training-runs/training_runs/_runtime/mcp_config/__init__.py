"""Configurations of MCP clients."""
