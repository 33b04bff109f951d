"""What our workbooks have in common."""


def add_sheet(book, name, columns, head):
    """A sheet with titles that stay in sight.

    :param columns: (title, width in characters) of each column
    :param head: the xlsxwriter format of the titles
    """
    sheet = book.add_worksheet(name)
    for index, (title, width) in enumerate(columns):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, title, head)
    sheet.freeze_panes(1, 0)
    return sheet
