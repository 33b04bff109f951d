"""The characters a bank takes, and how any other text becomes them.

The Latin set is `a-z A-Z 0-9 / - ? : ( ) . , ' +` and space (EPC132-08, character set). What a text has beside them is replaced
as in the EPC's conversion table for European scripts (EPC217-08): accents fall, Greek and Cyrillic are written in Latin letters.
Where one letter reads badly (`ß`, `Æ`, `Œ`) two are written. Letters of no European script become a full stop, as the table asks
of everything unknown; signs and pictures become a space.
"""

import re
import unicodedata

_LEGAL = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
_SLASHES = re.compile(r"/{2,}")
_STOPS = re.compile(r"\ufffd[\ufffd\s]*")


def _read_pairs(text):
    """`ß ss Ø O`: what each character becomes."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_LATIN = _read_pairs(
    "ß ss ẞ SS Æ AE æ ae Œ OE œ oe Ð D ð d Þ T þ t Ø O ø o Đ D đ d Ł L ł l Ħ H ħ h ı i Ŋ N ŋ n Ŧ T ŧ t ĸ k ſ s Ə E ə e"
)
_SIGNS = _read_pairs(
    "& + @ (at) _ - ; , < ( > ) [ ( ] ) { ( } ) \\ / | / ⁄ / ~ - = - ` ' \" ' ´ ' « ' » ' „ ' “ ' ” ' ‘ ' ’ ' ‚ ' ‛ ' ‹ ' › ' "
    "€ EUR £ GBP ¥ JPY § S ª a º o ° o ¿ ? ¡ . ! . # . $ . % . * . ^ . · . … . № No × x ÷ : ‐ - ‑ - ‒ - – - — - ― - − -"
)
_GREEK = _read_pairs(
    "Α A Β V Γ G Δ D Ε E Ζ Z Η I Θ TH Ι I Κ K Λ L Μ M Ν N Ξ X Ο O Π P Ρ R Σ S Τ T Υ Y Φ F Χ CH Ψ PS Ω O"
)
_CYRILLIC = _read_pairs(
    "А A Б B В V Г G Д D Е E Ж ZH З Z И I Й Y К K Л L М M Н N О O П P Р R С S Т T У U Ф F Х H Ц TS Ч CH Ш SH Щ SHT Ъ A "
    "Ь Y Ю YU Я YA Ы Y Э E Ё E Є YE І I Ї YI Ґ G Ђ D Ј J Љ LJ Њ NJ Ћ C Џ DZ Ѕ DZ Ѓ G Ќ K Ў U"
)


def _with_small(letters):
    """The small letters too: `Θ` is TH, `θ` is th. Capitals of two letters stay capitals (`ΘΕΟΣ`: THEOS)."""
    return {**letters, **{capital.lower(): latin.lower() for capital, latin in letters.items()}}


_TABLE = {**_LATIN, **_SIGNS, **_with_small(_GREEK), **_with_small(_CYRILLIC), "ς": "s"}
# a letter nobody can replace, until runs of them have become one full stop
_UNKNOWN = "\ufffd"


class _Replacements(dict):
    """For `str.translate`: works a character out the first time it is met."""

    def __missing__(self, code):
        self[code] = replacement = _replace(chr(code))
        return replacement


_REPLACEMENTS = _Replacements()


def _replace(character):
    if _LEGAL.fullmatch(character):
        return character
    if character in _TABLE:
        return _TABLE[character]
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return ""
    parts = unicodedata.normalize("NFKD", character)
    if parts != character:
        return "".join(_replace(part) for part in parts)
    return _UNKNOWN if category[0] in "LN" else " "


def to_legal(text: str) -> str:
    """Return the text in the characters a bank takes, its white space collapsed; `.` where nothing else is left of it."""
    if not _LEGAL.fullmatch(text):
        text = unicodedata.normalize("NFC", text).translate(_REPLACEMENTS)
        text = _STOPS.sub(". ", text).replace(" .", ".") if _UNKNOWN in text else text
        return " ".join(text.split()) or ("." if text else "")
    return " ".join(text.split())


def to_reference(text: str, length: int = 35) -> str:
    """Return a legal reference: neither starts nor ends with `/`, has no `//` (EPC132-08), at most `length` characters.

    Two long texts may become the same reference: who makes identifiers keeps them short.
    """
    return _SLASHES.sub("/", to_legal(text)).strip("/ ")[:length].strip("/ ")


def is_legal(text: str) -> bool:
    """Whether the text has only characters a bank takes."""
    return _LEGAL.fullmatch(text) is not None


def is_legal_reference(text: str, length: int = 35) -> bool:
    """Whether a bank takes the text as a reference."""
    return bool(text) and len(text) <= length and is_legal(text) and text == text.strip("/ ") and "//" not in text
