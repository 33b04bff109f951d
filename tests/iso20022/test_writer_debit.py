"""Direct debits as a bank reads them."""

from dataclasses import replace
from datetime import date

import pytest
from iso20022.model import Account, Conventions, Mandate

from tests.iso20022.files import CREDITOR_ID, DEBIT, make_debit, make_transaction
from tests.iso20022.samples import BICS, IBANS
from tests.iso20022.test_writer_credit import get_texts, read

OLD = Conventions("pain.008.001.02")
MANDATE = Mandate("MND-1", date(2026, 1, 15))


@pytest.mark.parametrize("conventions", [DEBIT, OLD], ids=["08", "02"])
def test_creditor_scheme_and_mandate(conventions):
    root = read(make_debit(), conventions)
    assert get_texts(root, "PmtMtd") == ["DD"]
    assert get_texts(root, "SvcLvl/Cd") == ["SEPA"]
    assert get_texts(root, "LclInstrm/Cd") == ["CORE"]
    assert get_texts(root, "SeqTp") == ["RCUR"]
    assert get_texts(root, "ReqdColltnDt") == ["2026-11-25"]
    assert get_texts(root, "PmtInf/CdtrSchmeId/Id/PrvtId/Othr/Id") == [CREDITOR_ID]
    assert get_texts(root, "CdtrSchmeId/Id/PrvtId/Othr/SchmeNm/Prtry") == ["SEPA"]
    assert get_texts(root, "MndtId") == ["MND-1"]
    assert get_texts(root, "DtOfSgntr") == ["2026-01-15"]
    assert get_texts(root, "AmdmntInd") == ["false"]
    assert get_texts(root, "NbOfTxs") == ["1", "1"] and get_texts(root, "CtrlSum") == ["100.23", "100.23"]


def test_business_direct_debits():
    root = read(make_debit(local_instrument="B2B", sequence="OOFF"), DEBIT)
    assert get_texts(root, "LclInstrm/Cd") == ["B2B"] and get_texts(root, "SeqTp") == ["OOFF"]


@pytest.mark.parametrize("conventions", [DEBIT, OLD], ids=["08", "02"])
def test_an_amended_mandate_says_what_it_was(conventions):
    mandate = replace(
        MANDATE,
        amended=True,
        previous_reference="OLD-1",
        previous_iban=IBANS["BE"],
        previous_creditor_identifier="FR 72ZZZ123456",
    )
    root = read(make_debit(make_transaction(mandate=mandate)), conventions)
    assert get_texts(root, "AmdmntInd") == ["true"]
    assert get_texts(root, "OrgnlMndtId") == ["OLD-1"]
    assert get_texts(root, "OrgnlDbtrAcct/Id/IBAN") == [IBANS["BE"]]
    assert get_texts(root, "OrgnlCdtrSchmeId/Id/PrvtId/Othr/Id") == ["FR72ZZZ123456"]


def test_the_payers_bank_is_always_named():
    payments = (
        make_transaction(1, mandate=MANDATE),
        make_transaction(2, mandate=MANDATE, account=Account(IBANS["FR"], bic=BICS["FR"])),
    )
    new, old = read(make_debit(*payments), DEBIT), read(make_debit(*payments), OLD)
    assert get_texts(new, "DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]
    assert get_texts(new, "DbtrAgt/FinInstnId/BICFI") == [BICS["FR"]]
    assert get_texts(old, "DbtrAgt/FinInstnId/BIC") == [BICS["FR"]]
