"""What no honest file of sessions exceeds: beyond it a file is refused rather than read."""

MAX_COLUMNS = 500
MAX_ROWS = 1_048_576
MAX_CELL = 20_000
# A sheet of a million sessions unpacks to less; what promises more is no list of sessions.
MAX_UNPACKED = 2 * 1024**3
MAX_STRINGS = 256 * 1024**2
MAX_RATIO = 200
# One CDR with signed data and readings has some ten kilobytes.
MAX_OBJECT = 16 * 1024**2
# 10^12 Wh, hours or euros: nothing that is charged, and safe to compute with.
MAX_NUMBER = 10**12
