"""Finished work leaves a stamp with a hash of its inputs: the same inputs are not worked on twice, half-done work has none."""

import hashlib

LEFT_OUT = {"__pycache__", "readme", "tests"}


def digest(*parts):
    """Return a short hash of texts, bytes, files and folders (names and contents; not what no database is built from)."""
    result = hashlib.sha256()
    for part in parts:
        if hasattr(part, "is_dir") and part.is_dir():
            for path in sorted(part.rglob("*")):
                if path.is_file() and not LEFT_OUT.intersection(path.relative_to(part).parts):
                    result.update(str(path.relative_to(part)).encode() + b"\0" + path.read_bytes() + b"\0")
        elif hasattr(part, "read_bytes"):
            result.update(part.read_bytes() + b"\0")
        else:
            result.update((part if isinstance(part, bytes) else str(part).encode()) + b"\0")
    return result.hexdigest()[:16]


class Stamp:
    def __init__(self, path, *inputs):
        self.path = path
        self.key = digest(*inputs)

    def is_current(self):
        return self.path.is_file() and self.path.read_text() == self.key

    def clear(self):
        self.path.unlink(missing_ok=True)

    def set(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.key)
