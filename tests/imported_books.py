"""A document that another one imports, and that other one."""

BOOKS = """\
naftiko: 1.0.0-alpha2
consumes:
- type: http
  namespace: books
  baseUri: https://books.example.com
  resources:
  - name: books
    path: /books
    operations:
    - name: list-books
      method: GET
"""


def importing(location: str) -> str:
    """Return a document that imports the books from there, and exposes them."""
    return f"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - location: {location}
    import: books
  exposes:
  - type: mcp
    namespace: library
    port: 9090
    tools:
    - name: list-books
      description: List the books.
      call: books.list-books
"""
