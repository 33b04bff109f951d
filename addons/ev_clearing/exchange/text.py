"""Texts that a database keeps and a person can read."""


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can keep it: no NUL, no half of a surrogate pair (JSON allows both)."""
    if text.isascii():
        return "\x00" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def shown(value, limit: int = 80) -> str:
    """The value in quotes for a message, shortened, with whatever cannot be stored made visible."""
    text = value if isinstance(value, str) else str(value)
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return repr(text.encode(errors="backslashreplace").decode())
