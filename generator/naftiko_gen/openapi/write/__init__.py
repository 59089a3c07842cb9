"""From an API to the spec of a capability."""
