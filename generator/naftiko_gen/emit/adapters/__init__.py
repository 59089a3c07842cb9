"""The modules of adapters, and the coroutines of their routes and tools."""
