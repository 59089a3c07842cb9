"""Tools as MCP servers list them: arguments, outputs, definitions, and lists."""
