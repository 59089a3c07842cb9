"""How code is put together: names, imports, templates and their proof."""
