"""Schemas of Protocol Buffers: files with the ending `.proto`."""
