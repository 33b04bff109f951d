"""What was odd about sessions of the statement, and what was decided."""

COLUMNS = (("Session", 26), ("What Was Looked At", 60), ("Outcome", 30))


def write_findings(book):
    """The sheet Findings; none where there is nothing to say."""
    rows = book.statement._get_findings_rows()
    if not rows:
        return
    table = book.add_table("Findings", COLUMNS)
    for texts in rows:
        row = table.reserve()
        for column, text in enumerate(texts):
            table.sheet.write_string(row, column, text or "")
