"""OpenAPI documents: capabilities made of them, and how far the two have drifted apart.

```
file ─document, references→ tree ─reading→ Api ─requests, upstreams→ ─capability→ text
                                            └──── drift, with a spec ────→ findings
```
"""
