"""The schema check: every message we meet has its schema, and hostile XML goes no further."""

import pytest
from iso20022 import schemas
from iso20022.rules import check_rules
from iso20022.schemas import check_schema, find_schemas
from iso20022.writer import write

from tests.iso20022.files import CREDIT, TODAY, make_credit


@pytest.fixture(name="good")
def fixture_good():
    return write(make_credit(), CREDIT)


def test_the_packages_bring_every_message():
    known = find_schemas()
    assert {"pain.001.001.03", "pain.001.001.09", "pain.008.001.02", "pain.008.001.08"} <= known.keys()
    assert {"pain.002.001.03", "pain.002.001.12"} <= known.keys()
    assert {f"camt.05{kind}.001.{version:02}" for kind in (2, 3, 4) for version in range(1, 15)} <= known.keys()


def test_a_good_file_passes(good):
    assert check_schema(good) == []


def test_what_the_schema_refuses_is_found_where_it_is(good):
    (finding,) = check_schema(good.replace(b"<IBAN>FR1420041010050500013M02606<", b"<IBAN>no-iban<", 1))[:1]
    assert finding.severity == "error" and finding.code == "schema"
    assert finding.where == "PmtInf[1]/CdtTrfTxInf[1]/CdtrAcct/Id/IBAN"
    assert finding.end_to_end_id == "EVP-00001"
    assert "no-iban" in finding.message and "{urn" not in finding.message


def test_the_second_payment_is_named(good):
    first, marker, rest = good.partition(b"EVP-00002")
    (finding,) = check_schema(first + marker + rest.replace(b"<Nm>", b"<Name>").replace(b"</Nm>", b"</Name>"))[:1]
    assert finding.where.startswith("PmtInf[1]/CdtTrfTxInf[2]/Cdtr/") and finding.end_to_end_id == "EVP-00002"


def test_an_unknown_version_says_which_are_known(good):
    (finding,) = check_schema(good.replace(b"pain.001.001.09", b"pain.001.001.99"))
    assert finding.code == "message_unknown"
    assert "pain.001.001 (03, 04" in finding.message and "camt.054.001 (01" in finding.message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<a/>",
        b'<Document xmlns="urn:other"/>',
        b"PK\x03\x04zip",
        "<?xml version='1.0' encoding='utf-16'?><Document/>".encode("utf-16"),
    ],
)
def test_what_is_no_message_is_said(content):
    (finding,) = check_schema(content)
    assert finding.code == "unreadable" and "pain.001.001" in finding.message


def test_broken_and_cut_files_are_said(good):
    (finding,) = check_schema(good[: len(good) // 2])
    assert finding.code == "unreadable"


def test_entities_and_document_types_are_refused_unread(good, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    bomb = b"".join(b'<!ENTITY e%d "%s">' % (step, b"&e%d;" % (step - 1) * 10) for step in range(1, 10))
    for inside in (b'<!ENTITY x SYSTEM "file://%s">' % str(secret).encode(), b'<!ENTITY e0 "lol">' + bomb):
        declaration = b"<!DOCTYPE Document [" + inside + b"]>"
        head, mark, rest = good.partition(b"?>")
        (finding,) = check_schema(head + mark + declaration + rest.replace(b"EVM-1", b"&x;"))
        assert finding.code == "unreadable" and "SECRET" not in finding.message


def test_files_too_large_to_check_are_refused(good, monkeypatch):
    monkeypatch.setattr(schemas, "MOST_BYTES", len(good))
    assert check_schema(good) == []
    large = good + b"\n"
    assert [finding.code for finding in (*check_schema(large), *check_rules(large, CREDIT, TODAY))] == [
        "unreadable"
    ] * 2


def test_nesting_without_end_is_refused(good):
    deep = good.replace(b"<MsgId>EVM-1</MsgId>", b"<MsgId>" * 5000 + b"</MsgId>" * 5000)
    assert check_schema(deep)[0].code == "unreadable"
