"""CDR lists of OCPI 2.1.1, 2.2.1 and 2.3.0, read and written line by line."""

from .record import CdrLocation, CdrRecord, CdrToken
