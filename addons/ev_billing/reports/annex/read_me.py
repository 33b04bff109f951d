"""How to check the annex by hand."""

WIDTH = 120
PARAGRAPHS = (
    ("What is here", None),
    (
        None,
        "Summary repeats the lines of the statement. Exact Sum adds the amounts of that line up from the sheets Sessions and "
        "Services by formula, Rounded rounds it once to the currency, and Difference compares it with the statement.",
    ),
    (None, "By Family and Site adds the rounded lines up once more, by what they are for and by place."),
    (
        None,
        "Sessions has one row per session and term: quantity x price = amount, kept to six decimals. Times are the site's own "
        "clock; the column Time Zone gives its offset from UTC at the start.",
    ),
    (
        None,
        "Slices shows what a price that changes with time (price index, time of use) made of each session: how much in each "
        "stretch, at which price, from which index value or band. Services has the fees, with the days they stand for.",
    ),
    ("How to check one session", None),
    (
        None,
        "1. Find it on Sessions. Where its price is fixed: Quantity x Price = Amount, rounded half-up at the sixth decimal.",
    ),
    (
        None,
        "2. Where its price changes with time, find its rows on Slices: Quantity x Price = Amount of each slice. The last row "
        "of each session adds them up by formula, beside the amount on Sessions.",
    ),
    (
        None,
        "3. Difference on Slices is at most 0.000001: the slices are exact, the session's amount is rounded to six decimals.",
    ),
    (
        None,
        "4. Energy between two changes of price is read from the meter's readings, in a straight line between the two readings "
        "around the change. Without readings the power counts as constant, and Remarks says estimated.",
    ),
    ("How to check one line", None),
    (
        None,
        "Filter Sessions or Services by the number in the column Line and add up Amount: that is Exact Sum. Rounded to the "
        "currency it is the line. Sessions are never rounded one by one, so no cent is lost or won.",
    ),
    ("Words in Remarks", None),
    (
        None,
        "late: a session of an earlier period that arrived afterwards. credit: takes the session in Corrects Session back. "
        "replacement: takes its place. true_up: the difference once an index value was final. provisional: the index value "
        "was not final yet, so a later statement brings the difference. estimated: energy over time was not measured. "
        "register_fell: the meter went backwards and was held at its highest value.",
    ),
    ("What is not on Slices", None),
    (
        None,
        "Tiers depend on everything counted in the period, and an OCPI tariff on the session as a whole: their sessions are "
        "on Sessions only. Ask us for the calculation of any of them.",
    ),
)


def write_read_me(book):
    """The sheet Read Me."""
    sheet = book.add_worksheet("Read Me")
    sheet.set_column(0, 0, WIDTH)
    for row, (heading, text) in enumerate(PARAGRAPHS):
        sheet.write_string(row, 0, heading or text, book.format["bold" if heading else "wrap"])
