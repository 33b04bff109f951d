"""Bank files as a bank would send them, and what they should make of a ledger."""

from odoo.fields import Command

from .common import OTHER_IBAN, OWN_IBAN, EvSepaCommon

ROOTS = {"camt.053": ("BkToCstmrStmt", "Stmt"), "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}


def _tag(name, words):
    return f"<{name}>{words}</{name}>" if words else ""


def _charge(amount):
    return f'<Chrgs><Rcrd><Amt Ccy="EUR">{amount}</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>' if amount else ""


def entry(
    amount, text="", end="", iban=OTHER_IBAN, ref="", code="", status="BOOK", ends=(), block="", charge="", ccy="EUR"
):
    """One Ntry; `amount` is signed, `ends` are EndToEndIds of transactions whose amounts the bank does not tell."""
    sign, money = ("DBIT", amount[1:]) if amount.startswith("-") else ("CRDT", amount)
    side = "Dbtr" if sign == "CRDT" else "Cdtr"
    account = f"<{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct>" if iban else ""
    party = f"<RltdPties><{side}><Pty><Nm>Kiwi</Nm></Pty></{side}>{account}</RltdPties>"
    rest = _tag("RmtInf", _tag("Ustrd", text)) + _tag("RtrInf", _tag("Rsn", _tag("Cd", code)))
    details = "".join(
        f"<TxDtls><Refs><EndToEndId>{each or 'NOTPROVIDED'}</EndToEndId></Refs>{party}{rest}</TxDtls>"
        for each in ends or (end,)
    )
    return (
        f'<Ntry><Amt Ccy="{ccy}">{money}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt><Dt>2026-11-25</Dt></BookgDt>{_tag('AcctSvcrRef', ref)}<BkTxCd/>{_charge(charge)}"
        f"<NtryDtls>{_tag('Btch', _tag('PmtInfId', block))}{details}</NtryDtls></Ntry>"
    )


def statement(*entries, family="camt.053", iban=OWN_IBAN, ccy="EUR", name="S1", opening="0.00", closing=None):
    """A file of one statement, as bytes."""
    root, holder = ROOTS[family]
    balances = ""
    if closing is not None:
        for kind, held in (("OPBD", opening), ("CLBD", closing)):
            sign = "DBIT" if held.startswith("-") else "CRDT"
            balances += (
                f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{ccy}">{held.lstrip("-")}</Amt>'
                f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-11-25</Dt></Dt></Bal>"
            )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{family}.001.08"><{root}>'
        f"<GrpHdr><MsgId>M-{name}</MsgId></GrpHdr><{holder}><Id>{name}</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{ccy}</Ccy></Acct>"
        f"{balances}{''.join(entries)}</{holder}></{root}></Document>"
    ).encode()


def answer(message_id, *transactions, group="", block=""):
    """A pain.002; a transaction is (EndToEndId, status, reason code, what the bank wrote)."""
    told = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{end}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        + (f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn><AddtlInf>{words}</AddtlInf></StsRsnInf>" if code else "")
        + "</TxInfAndSts>"
        for end, status, code, words in transactions
    )
    group = f"<GrpSts>{group}</GrpSts>" if group else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.14"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>A-{message_id}</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>"
        f"<OrgnlPmtInfId>{block or 'B'}</OrgnlPmtInfId>{told}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


class BankCase(EvSepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # whoever has this account besides would make it nobody's
        cls.env["res.partner.bank"].search([("sanitized_acc_number", "=", OTHER_IBAN)]).active = False
        cls.kiwi = cls.make_partner("Kiwi Mobility", OTHER_IBAN)
        cls.fees = cls.env["account.account"].create(
            {
                "name": "Bank fees",
                "code": "627100",
                "account_type": "expense",
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        cls.journal.ev_fee_account_id = cls.fees
        cls.journal.ev_fee_tolerance = 2

    def take(self, content, name="file.xml", user=None, known=False):
        """Import a file as the maker."""
        files = self.as_user(self.env["ev.bank.file"], user or self.maker)
        file, was_known = files._take(name, content)
        self.assertEqual(was_known, known)
        return file

    def take_one(self, content):
        """Import a file with one entry, and return that."""
        file = self.take(content)
        self.assertEqual(file.state, "done", file.reason)
        self.assertEqual(len(file.entry_ids), 1)
        return file.entry_ids

    def assert_ledger(self, entry, **balances):
        """The bank line's journal entry, by kind of account: bank, suspense, receivable, payable, fee, other."""
        names = {
            entry.journal_id.default_account_id: "bank",
            entry.journal_id.suspense_account_id: "suspense",
            self.fees: "fee",
        }
        kinds = {"asset_receivable": "receivable", "liability_payable": "payable"}
        found = {}
        for line in entry.move_id.line_ids:
            name = names.get(line.account_id) or kinds.get(line.account_id.account_type, "other")
            found[name] = round(found.get(name, 0) + line.balance, 2)
        self.assertEqual(found, balances)
        self.assertEqual(entry.move_id.state, "posted")
