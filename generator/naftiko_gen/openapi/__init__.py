"""OpenAPI documents: reading them, and writing capabilities that consume their APIs.

```
file ─document, references→ tree ─reading→ Api ─requests, upstreams→ ─capability→ text
                                            └──── drift, with a spec ────→ findings
```
"""
