"""Tables of partners, read as their profile says."""

import io
import zipfile
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from exchange.line import ExchangeError, Line, LineError
from exchange.tables import Profile, read_lines
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

COLUMNS = (
    ("id", "ID", None),
    ("start", "Start", None),
    ("stop", "Stop", None),
    ("energy", "Energy", "kWh"),
    ("amount", "Amount", "EUR"),
    ("evse_id", "EVSE", None),
)
PARIS = Profile(COLUMNS, decimal=",", date_format="dmy", tz="Europe/Paris")
HEADER = "ID;Start;Stop;Energy;Amount;EVSE\n"


def read(text, profile=PARIS, encoding="utf-8"):
    return list(read_lines((HEADER + text).encode(encoding), profile))


def one(text, profile=PARIS):
    (line,) = read(text, profile)
    return line


def sheet(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_decimal_comma_thousands_and_local_time():
    line = one("A1;15/07/2026 10:00;15/07/2026 11:30;1.234,5678;3,50 €;FR*ABC*E1\n")
    # Paris is two hours ahead in July; 1234.5678 kWh are 1,234,567.8 Wh, rounded half up
    assert (line.start, line.stop) == (datetime(2026, 7, 15, 8), datetime(2026, 7, 15, 9, 30))
    assert (line.energy_wh, line.amount, line.number) == (1_234_568, Decimal("3.50"), 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_found(encoding):
    profile = Profile((*COLUMNS[:3], ("energy", "Énergie", "Wh")), date_format="iso")
    text = "ID;Start;Stop;Énergie\nÉté;2026-07-15 10:00;2026-07-15T11:00:00Z;5\n"
    (line,) = read_lines(text.encode(encoding), profile)
    assert (line.id, line.energy_wh) == ("Été", 5)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter):
    cells = ["A", "2026-07-15 10:00", "2026-07-15 11:00", "5", '"1.5"', f'"x{delimiter}y"']
    text = HEADER.replace(";", delimiter) + delimiter.join(cells) + "\n"
    (line,) = read_lines(text.encode(), Profile(COLUMNS))
    assert (line.evse_id, line.amount) == (f"x{delimiter}y", Decimal("1.5"))


def test_hour_that_happens_twice_is_the_first_one():
    # 02:30 is 00:30 UTC in summer time, then 01:30 UTC
    assert one("A;25/10/2026 02:30;25/10/2026 02:45;1;;\n").start == datetime(2026, 10, 25, 0, 30)


def test_hour_that_happens_twice_is_the_second_where_only_that_fits():
    line = one("A;25/10/2026 02:30;25/10/2026 02:10;1;;\n")
    assert (line.start, line.stop) == (datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 10))


def test_duration_tells_which_of_two_hours():
    profile = Profile((*COLUMNS, ("duration", "Time", "min")), decimal=",", date_format="dmy", tz="Europe/Paris")
    text = HEADER.strip() + ";Time\nA;25/10/2026 02:30;25/10/2026 03:00;1;;;30\n"
    (line,) = read_lines(text.encode(), profile)
    assert line.start == datetime(2026, 10, 25, 1, 30), "half an hour before 03:00 winter time is the second 02:30"


def test_hour_that_does_not_exist_is_an_error():
    error = one("A;29/03/2026 02:30;29/03/2026 03:30;1;;\n")
    assert isinstance(error, LineError)
    assert error.column == "Start" and "29/03/2026 02:30" in error.message and "Europe/Paris" in error.message


def test_offset_beats_the_zone():
    line = one("A;2026-07-15T10:00:00+05:00;2026-07-15T10:00:00Z;1;;\n")
    assert (line.start, line.stop) == (datetime(2026, 7, 15, 5), datetime(2026, 7, 15, 10))


def test_half_day_hours_and_month_first():
    profile = Profile(COLUMNS, date_format="mdy")
    line = one("A;7/15/2026 12:05 AM;7/15/2026 1:05 PM;1;;\n", profile)
    assert (line.start, line.stop) == (datetime(2026, 7, 15, 0, 5), datetime(2026, 7, 15, 13, 5))


def test_a_broken_line_does_not_stop_the_rest():
    lines = read(
        "A;15/07/2026 10:00;15/07/2026 11:00;-1;;\n"
        "B;15/07/2026 10:00;15/07/2026 09:00;1;;\n"
        "C;yesterday;15/07/2026 09:00;1;;\n"
        "D;15/07/2026 10:00;15/07/2026 11:00;1.2.3;;\n"
        ";;;;;\n"
        ";;;99;;\n"
        "E;15/07/2026 10:00;15/07/2026 11:00;0;-1,5;;spare\n"
        "F;15/07/2026 10:00;15/07/2026 11:00;0;-1,5;\n"
    )
    assert [(line.number, getattr(line, "column", "ok")) for line in lines] == [
        (2, "Energy"), (3, "Stop"), (4, "Start"), (5, "Energy"), (7, "ID"), (8, None), (9, "ok"),
    ]  # fmt: skip
    assert lines[0].row == ("A", "15/07/2026 10:00", "15/07/2026 11:00", "-1", "", "") and lines[0].id == "A"
    assert (lines[-1].energy_wh, lines[-1].amount) == (0, Decimal("-1.5"))


def test_a_quote_left_open_loses_only_what_it_swallows():
    text = 'A;"15/07/2026 10:00;15/07/2026 11:00;1;;\n' + "x" * 140_000 + "\nB;15/07/2026 10:00;15/07/2026 11:00;1;;\n"
    lines = read(text)
    assert isinstance(lines[0], LineError) and "quote" in lines[0].message
    assert isinstance(lines[-1], Line) and lines[-1].id == "B"


def test_duration_instead_of_stop_and_meters_instead_of_energy():
    for unit, cell in (("hms", "1:30:00"), ("min", "90"), ("s", "5400"), ("h", "1.5")):
        profile = Profile(
            (("id", "A", None), ("start", "B", None), ("duration", "C", unit), ("meter_start", "D", "Wh"),
             ("meter_stop", "E", "kWh")),
            header_row=0,
        )  # fmt: skip
        (line,) = read_lines(f"S;2026-07-15 10:00;{cell};1000;2.5\n".encode(), profile)
        assert (line.stop, line.energy_wh, line.meter_stop) == (datetime(2026, 7, 15, 11, 30), 1500, 2500)


def test_date_and_time_of_day_in_two_columns():
    profile = Profile(
        (
            ("id", "A", None),
            ("start", "B", None),
            ("start_time", "C", None),
            ("duration", "D", "s"),
            ("energy", "E", "Wh"),
        ),
        header_row=0,
        date_format="dmy",
    )
    (line,) = read_lines(b"S;15.07.2026;08:15:30;60;7\n", profile)
    assert line.start == datetime(2026, 7, 15, 8, 15, 30)


def test_cents_constants_and_codes():
    profile = Profile(
        (*COLUMNS[:4], ("amount", "Amount", "cent"), ("country_code", "EVSE", None)),
        constants=(("currency", "chf"), ("evse", "1")),
    )
    line = one("A;2026-07-15 10:00;2026-07-15 11:00;1;1234;fr\n", profile)
    assert (line.amount, line.currency, line.evse, line.country_code) == (Decimal("12.34"), "CHF", 1, "FR")


def test_header_below_a_title_and_missing_columns():
    text = "Report of July\n\n" + HEADER + "A;2026-07-15 10:00;2026-07-15 11:00;1;2;\n"
    (line,) = read_lines(text.encode(), Profile(COLUMNS, header_row=3))
    assert (line.id, line.number) == ("A", 4)
    with pytest.raises(ExchangeError, match="no column 'Start'"):
        list(read_lines(b"ID;Begin\nA;1\n", Profile(COLUMNS)))
    with pytest.raises(ExchangeError, match="Several columns"):
        list(read_lines(b"ID;ID;Start;Stop;Energy;Amount;EVSE\n", Profile(COLUMNS)))


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, r"\.xls"),
        (b"PK\x03\x04....", "spreadsheet"),
        (b"<html><table>", "web page"),
        (b"ID;St\x00\x01rt\x00\x00\x00;\x00\x02", "NUL"),
    ],
)
def test_wrong_files_say_what_they_are(content, words):
    with pytest.raises(ExchangeError, match=words):
        list(read_lines(content, PARIS))


def test_nul_in_a_cell_and_too_long_cells_are_errors():
    far = "A;15/07/2026 10:00;15/07/2026 11:00;1;;\n" * 200
    lines = read(far + "B\x00;15/07/2026 10:00;15/07/2026 11:00;1;;\n" + "C" * 30_000 + ";;;;;\n")
    assert [type(line) for line in lines[-2:]] == [LineError, LineError]
    assert "NUL" in lines[-2].message and "\x00" not in lines[-2].row[0]


def test_spreadsheet_cells_have_types():
    rows = sheet(
        ["ID", "Start", "Stop", "Energy", "Amount", "EVSE"],
        [12345, datetime(2026, 7, 15, 10), datetime(2026, 7, 15, 11, 0, 0, 400), 0.1 + 0.2, 1.005, "FR*ABC*E1"],
        [None, None, None, None, None, None],
        ["T", 46218.5, "15/07/2026 13:00", "1,5", None, None],
    )
    first, second = read_lines(rows, Profile(COLUMNS, format="xlsx", decimal=",", date_format="dmy", tz="Europe/Paris"))
    assert (first.id, first.start, first.stop) == ("12345", datetime(2026, 7, 15, 8), datetime(2026, 7, 15, 9))
    assert (first.energy_wh, first.amount) == (300, Decimal("1.005"))
    # day 46218.5 of a spreadsheet is noon on 15 July 2026
    assert (second.start, second.energy_wh, second.number) == (datetime(2026, 7, 15, 10), 1500, 4)


def test_spreadsheet_durations_and_times():
    columns = (
        ("id", "A", None),
        ("start", "B", None),
        ("start_time", "C", None),
        ("duration", "D", None),
        ("energy", "E", "Wh"),
    )
    rows = sheet(["S", datetime(2026, 7, 15), time(8, 15), timedelta(hours=26), 5])
    (line,) = read_lines(rows, Profile(columns, format="xlsx", header_row=0))
    assert (line.start, line.stop) == (datetime(2026, 7, 15, 8, 15), datetime(2026, 7, 16, 10, 15))


def test_formula_without_a_saved_result_is_refused():
    rows = sheet(["ID", "Start", "Stop", "Energy", "Amount", "EVSE"], ["A", "x", "y", "=1+1", 1, 1])
    with pytest.raises(ExchangeError, match="Cell D2 is a formula"):
        list(read_lines(rows, Profile(COLUMNS, format="xlsx")))


def test_sheet_by_name_and_bombs():
    rows = sheet(["ID"])
    with pytest.raises(ExchangeError, match="no sheet 'CDRs', only: Sheet"):
        list(read_lines(rows, Profile(COLUMNS, format="xlsx", sheet="CDRs")))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    with pytest.raises(ExchangeError, match="ZIP bomb"):
        list(read_lines(bomb.getvalue(), Profile(COLUMNS, format="xlsx")))
    with pytest.raises(ExchangeError, match="not an .xlsx"):
        list(read_lines(b"ID;Start\n", Profile(COLUMNS, format="xlsx")))


def test_a_row_number_no_spreadsheet_has_is_refused():
    archive = zipfile.ZipFile(io.BytesIO(sheet(["ID"], ["A"])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            copy.writestr(name, content.replace(b'r="2"', b'r="999999999"').replace(b'"A2"', b'"A999999999"'))
    profile = Profile(
        (("id", "A", None), ("start", "A", None), ("stop", "A", None), ("energy", "A", None)),
        format="xlsx",
        header_row=0,
    )
    with pytest.raises(ExchangeError, match="rows"):
        list(read_lines(file.getvalue(), profile))


def test_profiles_that_make_no_sense():
    for profile, words in (
        (Profile(COLUMNS[1:]), "id"),
        (Profile((*COLUMNS, ("colour", "X", None))), "colour"),
        (Profile((*COLUMNS[:3], ("energy", "Energy", "EUR"))), "no unit"),
        (Profile(COLUMNS, tz="Europe/Nowhere"), "Nowhere"),
        (Profile(COLUMNS, encoding="klingon"), "klingon"),
        (Profile(COLUMNS, format="pdf"), "pdf"),
    ):
        with pytest.raises(ExchangeError, match=words):
            list(read_lines((HEADER + "A;;;;;\n").encode(), profile))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content):
    try:
        for line in read_lines(HEADER.encode() + content, PARIS):
            assert isinstance(line, (Line, LineError))
    except ExchangeError as error:
        assert str(error)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.decimals(-(10**6), 10**6, places=4), st.sampled_from([".", ","]))
def test_numbers_come_back_exactly(energy, amount, sign):
    kwh = f"{energy // 1000}.{energy % 1000:03d}".replace(".", sign)
    profile = Profile(COLUMNS, decimal=sign, delimiter=";")
    line = one(f"A;2026-07-15 10:00;2026-07-15 11:00;{kwh};{str(f'{amount:f}').replace('.', sign)};\n", profile)
    assert (line.energy_wh, line.amount) == (energy, amount)
