"""How many decimals the amounts of a currency have (ISO 4217, minor unit, as of November 2026): two, but for these."""

_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_DECIMALS = dict.fromkeys(_WITHOUT.split(), 0) | dict.fromkeys(_THREE.split(), 3)


def get_decimals(currency):
    """The decimals of a currency by its ISO code; two where it is not known."""
    return _DECIMALS.get((currency or "").upper(), 2)
