"""Tables of sessions (CSV, XLSX), read line by line as a `Profile` says."""

from .profile import DATE_FORMATS, FIELDS, UNITS, Profile
from .propose import Proposal, propose
from .reader import read_head, read_lines
