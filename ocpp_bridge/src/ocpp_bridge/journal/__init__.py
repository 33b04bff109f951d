"""The durable journal: one SQLite file, one writer, many readers."""

from .reader import open_reader
from .records import Record
from .writer import Journal

__all__ = ["Journal", "Record", "open_reader"]
