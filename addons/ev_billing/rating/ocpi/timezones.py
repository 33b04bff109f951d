"""The clock of the place of charging: what the document names, else that of its country.

A CDR of 2.2.1 and 2.3.0 has no time zone. Its country has one clock in most of Europe, and then nothing is guessed.
"""

from ..errors import SessionError
from ..period import zone
from .cdr import Cdr
from .errors import TimezoneError

# ISO 3166-1 alpha-3 and alpha-2, and the one clock of the country. Overseas parts with a code of their own (GLP, ABW, FRO) are
# other countries here. Countries of several clocks (Spain, Portugal, the United States, ...) are left out on purpose.
_CLOCKS = """
ALB AL Tirane, AND AD Andorra, AUT AT Vienna, BEL BE Brussels, BGR BG Sofia, BIH BA Sarajevo, BLR BY Minsk, CHE CH Zurich,
CZE CZ Prague, DEU DE Berlin, DNK DK Copenhagen, EST EE Tallinn, FIN FI Helsinki, FRA FR Paris, GBR GB London, GGY GG Guernsey,
GIB GI Gibraltar, GRC GR Athens, HRV HR Zagreb, HUN HU Budapest, IMN IM Isle_of_Man, IRL IE Dublin, ITA IT Rome, JEY JE Jersey,
LIE LI Vaduz, LTU LT Vilnius, LUX LU Luxembourg, LVA LV Riga, MCO MC Monaco, MDA MD Chisinau, MKD MK Skopje, MLT MT Malta,
MNE ME Podgorica, NLD NL Amsterdam, NOR NO Oslo, POL PL Warsaw, ROU RO Bucharest, SMR SM San_Marino, SRB RS Belgrade,
SVK SK Bratislava, SVN SI Ljubljana, SWE SE Stockholm, TUR TR Istanbul, UKR UA Kyiv, VAT VA Vatican
"""
_ELSEWHERE = {
    ("CYP", "CY"): "Asia/Nicosia",
    ("FRO", "FO"): "Atlantic/Faroe",
    ("ISL", "IS"): "Atlantic/Reykjavik",
    ("GEO", "GE"): "Asia/Tbilisi",
    ("ISR", "IL"): "Asia/Jerusalem",
    ("ARE", "AE"): "Asia/Dubai",
    ("IND", "IN"): "Asia/Kolkata",
    ("JPN", "JP"): "Asia/Tokyo",
    ("KOR", "KR"): "Asia/Seoul",
    ("SGP", "SG"): "Asia/Singapore",
    ("ZAF", "ZA"): "Africa/Johannesburg",
    ("MAR", "MA"): "Africa/Casablanca",
}


def _table() -> dict[str, str]:
    clocks = {}
    for row in _CLOCKS.replace("\n", " ").split(","):
        long, short, city = row.split()
        clocks[long] = clocks[short] = f"Europe/{city}"
    for codes, name in _ELSEWHERE.items():
        clocks.update(dict.fromkeys(codes, name))
    return clocks


COUNTRY_CLOCKS = _table()


def timezone_of(cdr: Cdr, given: str | None = None) -> str:
    """The name of the location's time zone: the one given by a person, the document's, or the country's only one.

    :raises TimezoneError: it is not known, or there is no such zone.
    """
    named = given or cdr.timezone
    if named is None:
        named = COUNTRY_CLOCKS.get((cdr.country or "").upper())
    if named is None:
        reason = (
            f"country {cdr.country} has several or is not known" if cdr.country else "the CDR names no country either"
        )
        raise TimezoneError(
            f"The time zone of the location is not known: {reason}; give one such as --timezone Europe/Paris."
        )
    try:
        zone(named)
    except (SessionError, OSError) as error:
        # OSError: a name that is a folder of the time zone database
        raise TimezoneError(f"Time zone {named!r} is not known: give one such as Europe/Paris.") from error
    return named
