"""CDR lists of OCPI 2.1.1, 2.2.1 and 2.3.0, read and written CDR by CDR."""

from .reader import VERSIONS, read_cdrs
from .record import CdrLocation, CdrRecord, CdrToken
from .writer import dump, write_cdr, write_cdrs
