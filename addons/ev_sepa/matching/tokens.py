"""References in free text, as whole tokens only.

`INV/2026/00005` is found in "INV 2026 00005", never in "05" or in "INV/2026/000051". Banks cut texts into lines and drop signs,
so runs of letters and digits are joined again, up to `MOST_RUNS` of them; a token begins and ends where a run does.
"""

import re

RUNS = re.compile(r"[^\W_]+")
# An IBAN-like reference in groups of four has seven; a line break may cut one more.
MOST_RUNS = 8
MOST_LETTERS = 40
# Fewer say nothing: "05", "2026".
LEAST_LETTERS = 5


def plain(reference):
    """The reference as letters and digits only: "INV/2026/00005" is "INV202600005"."""
    return "".join(RUNS.findall(reference.upper()))


def is_telling(reference):
    """Whether the plain reference can name a document: long enough, with digits."""
    return len(reference) >= LEAST_LETTERS and any(letter.isdigit() for letter in reference)


def tokens(text):
    """All plain tokens of a text that can name a document, once each, in their order."""
    runs = RUNS.findall(text.upper())
    found = {}
    for start in range(len(runs)):
        joined = ""
        for run in runs[start : start + MOST_RUNS]:
            joined += run
            if len(joined) > MOST_LETTERS:
                break
            if is_telling(joined):
                found[joined] = None
    return tuple(found)
