"""The names of MCP clients, for the command line."""

NAMES = (
    "claude-desktop",
    "claude-code",
    "vscode",
    "cursor",
    "codex",
    "gemini",
    "windsurf",
    "zed",
)
SHELL = "claude-mcp-add"
"""The name of the line for a shell, which configures Claude Code."""
