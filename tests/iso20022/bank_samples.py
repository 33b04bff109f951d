"""Bank files written by hand: statements in any version, status reports, and the XSDs they are checked against."""

from dataclasses import dataclass, field
from importlib.metadata import distribution

from lxml import etree

OURS = "FR1420041010050500013M02606"
THEIRS = "DE89370400440532013000"


@dataclass
class Tx:
    """One TxDtls; the sides are (name, IBAN, BIC) of the counterparty."""

    amount: str = ""
    end_to_end: str = ""
    text: tuple = ()
    reference: str = ""
    document: str = ""
    name: str = "Kiwi Mobility GmbH"
    iban: str = THEIRS
    bic: str = "COBADEFFXXX"
    return_code: str = ""
    charge: str = ""
    instructed: tuple = ()
    own_side: bool = False


@dataclass
class Ntry:
    amount: str
    sign: str = "CRDT"
    booked: str = "2026-11-03"
    reference: str = ""
    status: str = "BOOK"
    reversal: bool = False
    batch: tuple = ()
    charge: str = ""
    currency: str = "EUR"
    details: list = field(default_factory=list)
    additional: str = ""


def statement_xml(
    version, *entries, family="camt.053", iban=OURS, currency="EUR", opening="1000.00", closing="1000.00", name="S1"
):
    """A whole file of one statement, as bytes."""
    root, holder = {
        "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
        "camt.053": ("BkToCstmrStmt", "Stmt"),
        "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[family]
    root += "V01" if version == 1 else ""
    held = () if family == "camt.054" else (("OPBD", opening), ("CLBD", closing))
    balances = "".join(_balance(version, kind, amount, currency) for kind, amount in held)
    body = "".join(_entry(version, entry) for entry in entries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{family}.001.{version:02d}">'
        f"<{root}><GrpHdr><MsgId>M-{name}</MsgId><CreDtTm>2026-11-03T18:00:00+01:00</CreDtTm></GrpHdr>"
        f"<{holder}><Id>{name}</Id><ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-11-03T18:00:00+01:00</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>{balances}{body}</{holder}></{root}></Document>"
    ).encode()


def _balance(version, kind, amount, currency):
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    kind = f"<Cd>{kind}</Cd>" if version == 1 else f"<CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry>"
    return (
        f'<Bal><Tp>{kind}</Tp><Amt Ccy="{currency}">{amount.lstrip("-")}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-11-03</Dt></Dt></Bal>"
    )


def _entry(version, entry):
    status = f"<Cd>{entry.status}</Cd>" if version >= 7 else entry.status
    details = "".join(_transaction(version, entry, tx) for tx in entry.details)
    batch = ""
    if entry.batch:
        message, block, count = entry.batch
        batch = f"<Btch>{_tag('MsgId', message)}{_tag('PmtInfId', block)}<NbOfTxs>{count}</NbOfTxs></Btch>"
    reversal = "<RvslInd>true</RvslInd>" if entry.reversal else ""
    return (
        f'<Ntry><Amt Ccy="{entry.currency}">{entry.amount}</Amt><CdtDbtInd>{entry.sign}</CdtDbtInd>{reversal}<Sts>{status}</Sts>'
        f"<BookgDt><Dt>{entry.booked}</Dt></BookgDt><ValDt><DtTm>{entry.booked}T00:00:00+01:00</DtTm></ValDt>"
        f"{_tag('AcctSvcrRef', entry.reference)}"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"{_charge(version, entry.charge)}"
        + _wrap(version, batch + details)
        + f"{_tag('AddtlNtryInf', entry.additional)}</Ntry>"
    )


def _wrap(version, details):
    return f"<NtryDtls>{details}</NtryDtls>" if details and version > 1 else details


def _tag(name, words):
    return f"<{name}>{words}</{name}>" if words else ""


def _charge(version, amount):
    if not amount:
        return ""
    if version < 3:
        return f'<Chrgs><Amt Ccy="EUR">{amount}</Amt></Chrgs>'
    included = "<ChrgInclInd>true</ChrgInclInd>" if version > 3 else ""
    return f'<Chrgs><Rcrd><Amt Ccy="EUR">{amount}</Amt>{included}</Rcrd></Chrgs>'


def _transaction(version, entry, tx):
    comes = (entry.sign == "CRDT") != tx.own_side
    side = "Dbtr" if comes else "Cdtr"
    name = f"<Pty><Nm>{tx.name}</Nm></Pty>" if version >= 7 else f"<Nm>{tx.name}</Nm>"
    bic = "BIC" if version < 3 else "BICFI"
    own = "Cdtr" if side == "Dbtr" else "Dbtr"
    ours = f"<{own}Acct><Id><IBAN>{OURS}</IBAN></Id></{own}Acct>"
    theirs = f"<{side}>{name}</{side}><{side}Acct><Id><IBAN>{tx.iban}</IBAN></Id></{side}Acct>"
    parties = ours + theirs if side == "Cdtr" else theirs + ours
    instructed = f'<InstdAmt><Amt Ccy="{tx.instructed[1]}">{tx.instructed[0]}</Amt></InstdAmt>' if tx.instructed else ""
    old = f'<TxAmt><Amt Ccy="{entry.currency}">{tx.amount}</Amt></TxAmt>' if tx.amount and version < 3 else ""
    new = (
        f'<Amt Ccy="{entry.currency}">{tx.amount}</Amt><CdtDbtInd>{entry.sign}</CdtDbtInd>'
        if tx.amount and version > 2
        else ""
    )
    amounts = f"<AmtDtls>{instructed}{old}</AmtDtls>" if instructed or old else ""
    number, reference = ("RfrdDocNb", "CdtrRef") if version == 1 else ("Nb", "Ref")
    referred = f"<RfrdDocInf><{number}>{tx.document}</{number}></RfrdDocInf>" if tx.document else ""
    creditor = f"<CdtrRefInf><{reference}>{tx.reference}</{reference}></CdtrRefInf>" if tx.reference else ""
    lines = "".join(f"<Ustrd>{line}</Ustrd>" for line in tx.text)
    structured = _tag("Strd", referred + creditor)
    returned = (
        f"<RtrInf><Rsn><Cd>{tx.return_code}</Cd></Rsn><AddtlInf>see letter</AddtlInf></RtrInf>"
        if tx.return_code
        else ""
    )
    return (
        f"<TxDtls><Refs>{_tag('EndToEndId', tx.end_to_end) or '<EndToEndId>NOTPROVIDED</EndToEndId>'}</Refs>{new}{amounts}"
        f"{_charge(version, tx.charge)}<RltdPties>{parties}</RltdPties>"
        f"<RltdAgts><{side}Agt><FinInstnId><{bic}>{tx.bic}</{bic}></FinInstnId></{side}Agt></RltdAgts>"
        f"{_tag('RmtInf', lines + structured)}{returned}</TxDtls>"
    )


def status_xml(version, body, original="EV-1", group=""):
    """A pain.002 about the file `original`; `body` is what stands in its one PmtInf."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version:02d}">'
        "<CstmrPmtStsRpt><GrpHdr><MsgId>ANSWER-1</MsgId><CreDtTm>2026-11-03T18:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{original}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>BLOCK-1</OrgnlPmtInfId>{body}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def assert_valid(content):
    """The file stands up to the standard's own schema."""
    root = etree.fromstring(content)
    name = etree.QName(root).namespace.rsplit(":", 1)[1]
    package, folder = ("pain001", "pain001/pain002/schemas") if name.startswith("pain") else ("camt053", "camt053/xsd")
    schema = etree.XMLSchema(file=str(distribution(package).locate_file(f"{folder}/{name}.xsd")))
    schema.assertValid(root)
