"""Cells for spreadsheets."""

# A spreadsheet takes a cell that begins so for a formula and runs it (SAFETY T31).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> str:
    """The value as text that no spreadsheet computes."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
