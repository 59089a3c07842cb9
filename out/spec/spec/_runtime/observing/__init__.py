"""Calls as observers see them: logs, metrics, traces and audit."""
