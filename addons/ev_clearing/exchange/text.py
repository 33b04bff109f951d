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


def storable(text: str) -> str:
    """The text with what PostgreSQL cannot keep made visible instead."""
    return text if is_storable(text) else text.encode(errors="backslashreplace").decode().replace("\x00", "\\0")


# What a spreadsheet takes for a formula, unless it is a plain number.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell):
    """The cell of a CSV file as no spreadsheet runs it as a formula; numbers stay numbers."""
    if not isinstance(cell, str) or not cell.startswith(FORMULA):
        return cell
    return cell if cell[1:].replace(".", "", 1).replace(",", "", 1).isdigit() and cell[0] in "+-" else f"'{cell}"
