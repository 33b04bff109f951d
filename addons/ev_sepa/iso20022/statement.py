"""Account reports (camt.052), statements (camt.053) and notifications (camt.054) in any version, as a stream of facts."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from .entry import Balance, Batch, Charge, Detail, Entry, Statement
from .parse import AMOUNT, UnreadableFile, amount, day, find, find_all, text, texts, walk

FAMILIES = ("camt.052", "camt.053", "camt.054")
# The element that holds one account's entries.
HOLDERS = ("Rpt", "Stmt", "Ntfctn")


def read_statements(source):
    """Yield each `Statement` of the file, followed by its `Entry` facts, in the order of the file.

    A file that turns out to be broken raises only there: take nothing as done before the end.

    :param source: bytes or a binary stream
    :raises UnreadableFile: no such message, or broken
    """
    reader = _Reader()
    for kind, event, element in walk(source, FAMILIES, ("GrpHdr", *HOLDERS, "Ntry", "TxDtls")):
        yield from reader.take(kind, event, element)


class _Reader:
    """What is known so far: whose statement it is, the transactions of the entry that is being read, the keys seen."""

    def __init__(self):
        self.message_id, self.statement, self.details = "", None, []
        self.seen, self.count = Counter(), 0

    def take(self, kind, event, element):
        tag = element.tag.rpartition("}")[2]
        if event == "start":
            if tag == "Ntry" and self.statement is None:
                # everything about the account comes before its first entry
                self.statement = _read_statement(kind, self.message_id, element.getparent())
                yield self.statement
        elif tag == "TxDtls":
            self.details.append(element_to_raw(element))
        elif tag == "Ntry":
            yield self._read_entry(element)
        elif tag in HOLDERS:
            if self.statement is None:
                yield _read_statement(kind, self.message_id, element)
            self.statement = None
        else:
            self.message_id = text(element, "MsgId")

    def _read_entry(self, element):
        self.count += 1
        where = f"entry {self.count}"
        details, self.details = self.details, []
        entry = read_entry(element, self.statement, details, where)
        self.seen[entry.fingerprint] += 1
        return replace(entry, occurrence=self.seen[entry.fingerprint])


def _read_statement(kind, message_id, element):
    balances = []
    for found in find_all(element, "Bal"):
        held = _read_money(found, "a balance")
        name = text(found, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd", "Tp/Prtry")
        balances.append(Balance(name, held, find(found, "Amt").get("Ccy", ""), day(found, "Dt")))
    return Statement(
        family=kind.family,
        message_id=message_id,
        identifier=text(element, "Id"),
        iban=_plain(text(element, "Acct/Id/IBAN")),
        number=text(element, "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN"),
        currency=text(element, "Acct/Ccy") or (balances[0].currency if balances else ""),
        sequence=text(element, "ElctrncSeqNb", "LglSeqNb"),
        balances=tuple(balances),
        page=text(element, "StmtPgntn/PgNb", "RptPgntn/PgNb", "NtfctnPgntn/PgNb"),
    )


def _plain(iban):
    return iban.replace(" ", "").upper()


def _read_money(element, where, sign=None):
    """The signed amount of an element with `Amt` and `CdtDbtInd`."""
    found = amount(find(element, "Amt"), where)
    direction = text(element, "CdtDbtInd") or sign
    if direction not in ("CRDT", "DBIT"):
        raise UnreadableFile(
            f"It is not said whether {where} came or went (CdtDbtInd): ask the bank to correct the file."
        )
    return found if direction == "CRDT" else -found


def read_entry(element, statement, raw_details, where):
    """One `Ntry` whose transactions were read before.

    :param raw_details: [raw transaction] as `element_to_raw` made them
    """
    total = _read_money(element, where)
    currency = find(element, "Amt").get("Ccy", "") or statement.currency
    return Entry(
        account=statement.account,
        amount=total,
        currency=currency,
        status=text(element, "Sts/Cd", "Sts/Prtry", "Sts") or "BOOK",
        booked_on=day(element, "BookgDt"),
        value_on=day(element, "ValDt"),
        is_reversal=text(element, "RvslInd").lower() in ("true", "1"),
        servicer_reference=text(element, "AcctSvcrRef"),
        entry_reference=text(element, "NtryRef"),
        transaction_code=_read_code(element),
        additional=text(element, "AddtlNtryInf"),
        batches=_read_batches(element),
        charges=_read_charges(element),
        details=tuple(_to_detail(raw, total, currency, statement.account) for raw in raw_details),
    )


def _read_code(element):
    """ "PMNT-RCDT-ESCT", or the bank's own code."""
    parts = [text(element, f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "-".join(part for part in parts if part) or text(element, "BkTxCd/Prtry/Cd")


def _read_batches(element):
    batches = []
    for found in (*find_all(element, "NtryDtls/Btch"), *find_all(element, "Btch")):
        count, total = text(found, "NbOfTxs"), find(found, "TtlAmt")
        batches.append(
            Batch(
                message_id=text(found, "MsgId"),
                payment_information_id=text(found, "PmtInfId"),
                count=int(count) if count.isascii() and count.isdigit() else None,
                total=amount(total, "a batch") if total is not None else None,
            )
        )
    return tuple(batches)


def _read_charges(element):
    """Charges of an entry or a transaction: `Chrgs` with records, or each `Chrgs` a charge (until version .02).

    Banks write them without a sign; one that comes back (`CRDT`) lowers the others.
    """
    charges = []
    for found in find_all(element, "Chrgs"):
        records = find_all(found, "Rcrd") or ([found] if find(found, "Amt") is not None else [])
        for record in records:
            sign = -1 if text(record, "CdtDbtInd") == "CRDT" else 1
            included = text(record, "ChrgInclInd").lower()
            money = find(record, "Amt")
            charges.append(
                Charge(
                    amount=sign * amount(money, "a charge"),
                    currency=money.get("Ccy", ""),
                    included=included in ("true", "1") if included else None,
                )
            )
        if not records and find(found, "TtlChrgsAndTaxAmt") is not None:
            money = find(found, "TtlChrgsAndTaxAmt")
            charges.append(Charge(amount(money, "a charge"), money.get("Ccy", "")))
    return tuple(charge for charge in charges if charge.amount)


def element_to_raw(element):
    """What a `TxDtls` says that does not depend on its entry: (detail without amount and party, amounts, both sides)."""
    instructed = find(element, "AmtDtls/InstdAmt/Amt")
    rate = text(
        element,
        "AmtDtls/InstdAmt/CcyXchg/XchgRate",
        "AmtDtls/TxAmt/CcyXchg/XchgRate",
        "AmtDtls/CntrValAmt/CcyXchg/XchgRate",
    )
    detail = Detail(
        end_to_end_id=text(element, "Refs/EndToEndId"),
        instruction_id=text(element, "Refs/InstrId"),
        message_id=text(element, "Refs/MsgId"),
        payment_information_id=text(element, "Refs/PmtInfId"),
        transaction_id=text(element, "Refs/TxId", "Refs/UETR"),
        mandate_id=text(element, "Refs/MndtId"),
        servicer_reference=text(element, "Refs/AcctSvcrRef"),
        creditor_references=texts(element, "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef"),
        document_numbers=texts(element, "RmtInf/Strd/RfrdDocInf/Nb", "RmtInf/Strd/RfrdDocInf/RfrdDocNb"),
        text_lines=texts(element, "RmtInf/Ustrd", "RmtInf/Strd/AddtlRmtInf"),
        additional=text(element, "AddtlTxInf"),
        original_amount=amount(instructed, "an instructed amount") if instructed is not None else None,
        original_currency=instructed.get("Ccy", "") if instructed is not None else "",
        exchange_rate=Decimal(rate) if AMOUNT.fullmatch(rate) else None,
        return_code=text(element, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        return_text=" ".join(texts(element, "RtrInf/AddtlInf")),
        charges=_read_charges(element),
    )
    direction = text(element, "CdtDbtInd")
    paths = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt")
    found = (find(element, path) for path in paths)
    amounts = [(amount(money, "a transaction"), money.get("Ccy", "")) for money in found if money is not None]
    return detail, direction, amounts, [_read_side(element, side) for side in ("Dbtr", "Cdtr")]


def _read_side(element, side):
    """(name, IBAN, other number, BIC) of the payer or the payee."""
    parties, agent = f"RltdPties/{side}", f"RltdAgts/{side}Agt/FinInstnId"
    ultimate = f"RltdPties/Ultmt{side}"
    return (
        text(element, f"{parties}/Pty/Nm", f"{parties}/Nm", f"{ultimate}/Pty/Nm", f"{ultimate}/Nm"),
        _plain(text(element, f"{parties}Acct/Id/IBAN")),
        text(element, f"{parties}Acct/Id/Othr/Id", f"{parties}Acct/Id/PrtryAcct/Id", f"{parties}Acct/Id/BBAN"),
        text(element, f"{agent}/BICFI", f"{agent}/BIC"),
    )


def _to_detail(raw, total, currency, account):
    """The transaction as part of its entry: its amount signed, the other side as the counterparty."""
    detail, direction, amounts, (payer, payee) = raw
    comes = direction == "CRDT" if direction else total > 0
    money = next((value for value, name in amounts if name == currency), None)
    if money is not None and not comes:
        money = -money
    other, own = (payer, payee) if comes else (payee, payer)
    # in returns banks leave the sides as they were in the original payment: we are never our own counterparty
    if account and account in other[1:3] or not any(other):
        other = own if account not in own[1:3] else ("", "", "", "")
    name, iban, number, bic = other
    return replace(detail, amount=money, name=name, iban=iban, number=number, bic=bic)
