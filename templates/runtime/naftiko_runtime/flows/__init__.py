"""Steps of routes and tools: calls, lookups and scripts that make one answer."""
