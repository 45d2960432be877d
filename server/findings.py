"""What is wrong with a document, as part of an answer: to ask about a faulty one is no mistake of who asks."""

from __future__ import annotations

from server.endpoint import Answer


class Finding(Answer):
    """One finding: where (`node`, `input`), what was `expected`, what was `got`, and the `nearest` match."""

    message: str
    node: str | None
    input: str | None
    expected: str | None
    got: str | None
    nearest: str | None
