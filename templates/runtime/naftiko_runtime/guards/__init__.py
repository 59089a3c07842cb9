"""Guards of clients: incoming authentication."""
