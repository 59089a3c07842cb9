"""The client of upstreams, and the mock that stands for them."""
