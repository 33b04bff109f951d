"""A statement says the same in every version; what the bank does not divide is not divided, and nothing is repeated."""

from datetime import date
from decimal import Decimal

import pytest
from iso20022.parse import UnreadableFile
from iso20022.statement import read_statements

from .bank_samples import OURS, THEIRS, Ntry, Tx, assert_valid, statement_xml

ENTRY = Ntry(
    "120.50",
    reference="BANK-1",
    charge="0.50",
    details=[Tx("120.50", "E2E-1", ("Thanks for", "INV/2026/00005"), "RF18539007547034", "INV/2026/00005")],
)


def read(content):
    statement, *entries = read_statements(content)
    return statement, entries


@pytest.mark.parametrize("version", range(1, 15))
def test_every_version_says_the_same(version):
    content = statement_xml(version, ENTRY)
    assert_valid(content)
    statement, (entry,) = read(content)
    assert (statement.iban, statement.currency, statement.identifier, statement.sequence) == (OURS, "EUR", "S1", "7")
    assert (statement.opening.amount, statement.closing.amount) == (Decimal("1000.00"), Decimal("1000.00"))
    assert (entry.amount, entry.currency, entry.status) == (Decimal("120.50"), "EUR", "BOOK")
    assert entry.booked_on == entry.value_on == date(2026, 11, 3)
    assert entry.transaction_code == "PMNT-RCDT-ESCT"
    assert entry.charge_total == Decimal("0.50")
    (detail,) = entry.details
    assert (detail.amount, detail.end_to_end_id) == (Decimal("120.50"), "E2E-1")
    assert detail.text_lines == ("Thanks for", "INV/2026/00005")
    assert detail.references == ("RF18539007547034", "INV/2026/00005")
    assert (detail.name, detail.iban, detail.bic) == ("Kiwi Mobility GmbH", THEIRS, "COBADEFFXXX")


@pytest.mark.parametrize("family", ["camt.052", "camt.053", "camt.054"])
@pytest.mark.parametrize("version", range(1, 15))
def test_reports_and_notifications_are_read_alike(family, version):
    content = statement_xml(version, ENTRY, family=family)
    assert_valid(content)
    statement, (entry,) = read(content)
    assert statement.family == family
    assert entry.amount == Decimal("120.50")


def test_money_that_went_is_negative_and_the_payee_is_the_other_side():
    _statement, (entry,) = read(statement_xml(8, Ntry("80.00", "DBIT", details=[Tx("80.00", "OUT-1")])))
    assert entry.amount == Decimal("-80.00")
    assert (entry.details[0].amount, entry.details[0].iban) == (Decimal("-80.00"), THEIRS)


def test_a_returned_payment_keeps_its_sides_and_says_why():
    # ours went out to them and came back: they still stand as the payee
    back = Ntry("80.00", "CRDT", reversal=True, details=[Tx("80.00", "OUT-1", return_code="AC04", own_side=True)])
    _statement, (entry,) = read(statement_xml(8, back))
    assert entry.is_reversal
    assert entry.amount == Decimal("80.00")
    assert (entry.details[0].iban, entry.details[0].return_code) == (THEIRS, "AC04")
    assert entry.details[0].return_text == "see letter"


def test_transactions_without_amounts_leave_one_movement_with_all_references():
    # 300.00 for three payments of which the bank gives no amounts: never 900.00
    entry = Ntry("300.00", "DBIT", batch=("EV-1", "BLOCK-1", 3), details=[Tx(end_to_end=f"OUT-{n}") for n in (1, 2, 3)])
    _statement, (entry,) = read(statement_xml(8, entry))
    assert [part.amount for part in entry.parts] == [Decimal("-300.00")]
    assert [detail.end_to_end_id for detail in entry.parts[0].details] == ["OUT-1", "OUT-2", "OUT-3"]
    assert (entry.batches[0].message_id, entry.batches[0].payment_information_id, entry.batches[0].count) == (
        "EV-1",
        "BLOCK-1",
        3,
    )
    assert not entry.sum_differs


def test_transactions_with_amounts_divide_the_entry():
    _statement, (entry,) = read(statement_xml(2, Ntry("30.00", "DBIT", details=[Tx("10.00"), Tx("20.00")])))
    assert [part.amount for part in entry.parts] == [Decimal("-10.00"), Decimal("-20.00")]


def test_amounts_that_do_not_make_the_entry_are_flagged_and_not_used():
    _statement, (entry,) = read(statement_xml(8, Ntry("30.00", details=[Tx("10.00"), Tx("25.00")])))
    assert entry.sum_differs
    assert [part.amount for part in entry.parts] == [Decimal("30.00")]


def test_charges_that_explain_the_difference_are_a_movement_of_their_own():
    # 10 + 20 came, the bank kept 0.40: 29.60 booked
    _statement, (entry,) = read(statement_xml(8, Ntry("29.60", charge="0.40", details=[Tx("10.00"), Tx("20.00")])))
    assert [(part.amount, part.is_charge) for part in entry.parts] == [
        (Decimal("10.00"), False),
        (Decimal("20.00"), False),
        (Decimal("-0.40"), True),
    ]
    assert not entry.sum_differs


def test_an_amount_in_another_currency_is_not_the_entrys():
    entry = Ntry("92.00", details=[Tx(instructed=("100.00", "USD"))])
    _statement, (entry,) = read(statement_xml(8, entry))
    assert entry.details[0].amount is None
    assert (entry.details[0].original_amount, entry.details[0].original_currency) == (Decimal("100.00"), "USD")


def test_identical_entries_of_one_file_are_two():
    coffee = Ntry("5.00", details=[Tx("5.00", text=("coffee",))])
    _statement, entries = read(statement_xml(8, coffee, coffee))
    assert len({entry.key for entry in entries}) == 2
    assert [entry.occurrence for entry in entries] == [1, 2]


@pytest.mark.parametrize("reference", ["", "BANK-9", "NOTPROVIDED"])
def test_a_notification_and_the_statement_after_it_tell_of_the_same_entry(reference):
    entry = Ntry("5.00", reference=reference, details=[Tx("5.00", "E-1", ("two", "lines"))])
    _first, (early,) = read(statement_xml(4, entry, family="camt.054", name="N1"))
    _second, (late,) = read(statement_xml(8, entry, name="S2"))
    assert early.key == late.key


def test_keys_differ_by_account_amount_and_direction():
    base = Ntry("5.00", reference="X1")
    files = [
        statement_xml(8, base),
        statement_xml(8, base, iban=THEIRS),
        statement_xml(8, Ntry("6.00", reference="X1")),
        statement_xml(8, Ntry("5.00", "DBIT", reference="X1")),
    ]
    assert len({read(content)[1][0].key for content in files}) == 4


def test_a_statement_without_entries_still_tells_its_balances():
    statement, entries = read(statement_xml(8, opening="-5.00", closing="-5.00"))
    assert (statement.closing.amount, entries) == (Decimal("-5.00"), [])


@pytest.mark.parametrize("bad", ["1e9", "NaN", "1,50", "", "٣", "9" * 16])
def test_an_amount_that_is_none_is_refused_with_its_place(bad):
    with pytest.raises(UnreadableFile, match="entry 1"):
        read(statement_xml(8, Ntry(bad)))


def test_a_date_that_is_none_is_refused():
    with pytest.raises(UnreadableFile, match="is no date"):
        read(statement_xml(8, Ntry("5.00", booked="2026-13-45")))
