"""Writing the compiler's assumptions about a spec into the spec.

A rule proposes edits of the text for a diagnostic. `repair.py` keeps the edits after
which the spec has the same meaning and fewer assumptions. The YAML is never dumped:
text outside the edits stays unchanged, to the byte.
"""
