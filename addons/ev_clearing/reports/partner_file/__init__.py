"""A partner's list beside ours, as a spreadsheet."""

from .workbook import write_comparison

__all__ = ["write_comparison"]
