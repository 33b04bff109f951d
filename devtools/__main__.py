"""`python3 -m devtools COMMAND`. Kept free of new syntax, so that an old Python gets an answer and not a traceback."""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "error: Python %d.%d is too old, 3.11 or newer is needed: install it, or run `make PYTHON=python3.12 ...`."
        % sys.version_info[:2]
    )

from devtools.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
