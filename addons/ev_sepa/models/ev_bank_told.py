"""What files tell of an entry, read off the entry itself and off what is stored of one: `matching.same` compares them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.tools import SQL

from ..iso20022.entry import given
from ..matching.same import Issue, Told, plain

STATEMENT, REPORT, NOTIFICATION = "camt.053", "camt.052", "camt.054"

_BLOCKS = """
SELECT line.end_to_end_id, line.block_id, batch.message_id
  FROM ev_payment_line line JOIN ev_payment_batch batch ON batch.id = line.batch_id
 WHERE batch.journal_id = %(journal)s AND line.block_id IS NOT NULL AND line.end_to_end_id = ANY(%(ends)s)
 UNION
SELECT line.end_to_end_id, line.block_id, batch.message_id
  FROM ev_payment_line line JOIN ev_payment_batch batch ON batch.id = line.batch_id
 WHERE batch.journal_id = %(journal)s AND line.block_id IS NOT NULL AND batch.message_id = ANY(%(messages)s)
"""


class Stored:
    """One entry as it is stored: a record for each of its parts, all under one key.

    :ivar prints: fingerprints under which files told it
    :ivar families: of files that told it; `messages` are theirs
    :ivar days: of booking and of value; none where the bank told none
    :ivar issue: the statement in which it stands, None if it stands in none
    :ivar place: how the statement that is being read stands to it, once that is known
    :ivar only_on: where the two statements share but this day, which it is of, it may be only what is booked then, too
    """

    FIELDS = (
        "key", "other_key", "facts", "amount", "date", "value_date", "state", "file_id", "statement_file_id", "statement_index",
        "counterparty_name", "counterparty_account", "is_charge", "text",
    )  # fmt: skip

    def __init__(self, records, read_statement):
        first, facts = records[0], [record.facts or {} for record in records]
        self.records, self.key, self.file, self.family = records, first.key, first.file_id, first.file_id.kind
        self.prints = read_prints(first)
        # without a day of its own it has that of its import
        undated = facts[0].get("undated")
        self.day, self.days = first.date, set() if undated else {first.date, first.value_date} - {False}
        self.sum = comparable(sum(records.mapped("amount")))
        self.is_double = first.state == "double"
        self.told = tell_records(records, facts)
        also = facts[0].get("told") or {}
        self.families = {self.family, *also}
        self.messages = {first.file_id.message_id, *also.values()}
        statement = first.statement_file_id
        self.issue = read_statement(statement, first.statement_index) if statement else None
        self.place = self.only_on = None


def tell_entry(entry):
    """:rtype: Told"""
    sides = {part.party for part in entry.parts if not part.is_charge}
    name, account, _bic = sides.pop() if len(sides) == 1 else ("", "", "")
    return Told(
        ends=frozenset(detail.end_to_end_id for detail in entry.details if given(detail.end_to_end_id)),
        words=plain("".join(part.text for part in entry.parts)),
        name=name,
        account=plain(account),
        reference=entry.servicer_reference if given(entry.servicer_reference) else "",
        blocks=frozenset(read_blocks(entry, entry.details)),
    )


def tell_records(records, facts):
    """The same of what is stored; `facts` are the records' own, older ones know less.

    :rtype: Told
    """
    sides = {(record.counterparty_name, record.counterparty_account) for record in records if not record.is_charge}
    name, account = sides.pop() if len(sides) == 1 else ("", "")
    texts = (record.text or "" for record, said in zip(records, facts, strict=True) if said.get("has_text", True))
    return Told(
        ends=frozenset(end for said in facts for end in said.get("ends") or ()),
        words=plain("".join(texts)),
        name=name or "",
        account=plain(account),
        reference=facts[0].get("servicer") or "",
        blocks=frozenset(block for said in facts for block in said.get("batches") or ()),
    )


def read_blocks(entry, details):
    """The ids of our file under which these transactions of an entry were sent, the narrower first.

    :rtype: tuple[str]
    """
    names = [batch.payment_information_id for batch in entry.batches]
    names += [detail.payment_information_id for detail in details]
    names += [batch.message_id for batch in entry.batches]
    names += [detail.message_id for detail in details]
    return tuple(dict.fromkeys(name for name in names if given(name)))


def read_own_blocks(journal, told):
    """Where payments of ours stand in our files: those told, and those of the blocks that are told as one sum.

    :param told: list[Told]
    :return: {end-to-end id: the ids of its block and of its file}
    """
    ends = {end for each in told for end in each.ends}
    blocks = {block for each in told if not each.ends for block in each.blocks}
    # a block's id is its file's, and a number
    messages = blocks | {block.rpartition("-")[0] for block in blocks}
    if not messages | ends:
        return {}
    journal.env["ev.payment.line"].flush_model(["end_to_end_id", "block_id"])
    journal.env["ev.payment.batch"].flush_model(["message_id", "journal_id"])
    facts = {"journal": journal.id, "ends": list(ends), "messages": list(messages)}
    rows = journal.env.execute_query(SQL(_BLOCKS, **facts))
    return {end: tuple(ids) for end, *ids in rows if end in ends or not blocks.isdisjoint(ids)}


def place_in_blocks(told, blocks):
    """The same, with the blocks and files in which its payments are, and with that of which it is the sum, not all of that file.

    :param blocks: as `read_own_blocks` returns them
    :rtype: Told
    """
    files = dict(blocks.values()) if told.blocks else {}
    own = told.blocks & files.keys()
    within = frozenset(files[block] for block in own).union(*(blocks.get(end, ()) for end in told.ends))
    return replace(told, within=within, blocks=own or told.blocks) if within else told


def read_issue(facts):
    """What a file remembers of one of its statements; files that were read earlier remember less.

    :rtype: Issue
    """
    opening, closing = (Decimal(facts[name]) if facts.get(name) else None for name in ("opening", "closing"))
    first, last = (date.fromisoformat(facts[name]) if facts.get(name) else None for name in ("first", "last"))
    return Issue(facts["identifier"], facts.get("page") or "", opening, closing, first, last)


def read_prints(record):
    """Fingerprints under which files told an entry.

    :rtype: set[str]
    """
    keys = (record.key, record.other_key, *((record.facts or {}).get("keys") or ()))
    return {key.split(":")[0] for key in keys if key}


def comparable(amount):
    """An amount of the bank, or the sum of such, exactly: no currency has more than three decimals."""
    return round(amount * 1000)
