"""Consumed APIs: their operations, requests and credentials."""
