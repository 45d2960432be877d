"""`python -m server.openapi [FILE]`: write the OpenAPI document, without a server; by default to standard output.

With `--check` nothing is written: exit code 1 if the file is not what would be written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from server.app import DECLARED
from server.openapi.document import document
from server.page import installed_version


def main(arguments: list[str]) -> int:
    """Write or compare. Returns the exit code."""
    check = "--check" in arguments
    files = [Path(argument) for argument in arguments if argument != "--check"]
    text = json.dumps(document(DECLARED, installed_version()), indent=1, ensure_ascii=False) + "\n"
    if not files:
        sys.stdout.write(text)
        return 0
    (file,) = files
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return 0
    if check:
        sys.stderr.write(f"{file} is not what the server declares; write it anew: python -m server.openapi {file}\n")
        return 1
    file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
