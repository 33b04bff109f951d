"""Texts a database can keep."""


def is_storable(text):
    """Tell whether PostgreSQL can keep ``text``: no NUL, no lone surrogate (JSON allows both)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def storable(text):
    """Return ``text`` with what PostgreSQL cannot keep made visible instead."""
    return text.encode(errors="backslashreplace").decode().replace("\x00", "\\0")
