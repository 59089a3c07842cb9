"""The runtime without a spec: its distribution, and updates of its copies."""
