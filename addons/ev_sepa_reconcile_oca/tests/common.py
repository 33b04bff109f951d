"""A bank's file beside the OCA's screen, which matches on text as soon as a bank line is created: also in these tests."""

from odoo.addons.ev_sepa.tests.bank_common import BankCase


class ReconcileCase(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the OCA keeps its own matching off while tests run, unless it is told otherwise
        cls.env = cls.env(context=dict(cls.env.context, _test_account_reconcile_oca=True))
        cls.journal = cls.journal.with_env(cls.env)
        cls.clerk = cls.make_user("bank-clerk", "ev_sepa.group_payment_maker,account.group_account_user")

    def screen(self, entry, user=None):
        """The bank line as somebody has it in the OCA's screen."""
        return self.as_user(entry.sudo().statement_line_id, user or self.clerk)

    def use(self, entry, index=0, user=None):
        """Click a suggestion, and return the bank line."""
        self.as_user(entry.suggestion_ids[index], user or self.clerk).action_prefill()
        return self.screen(entry, user)

    def receivable(self, invoice):
        return invoice.line_ids.filtered(lambda line: line.account_type in ("asset_receivable", "liability_payable"))

    def shown(self, line):
        """[(journal item or kind of row, amount)] below the bank's own line."""
        rows = line.reconcile_data_info["data"]
        return [(row["id"] or row["kind"], row["amount"]) for row in rows if row["kind"] != "liquidity"]

    def choose(self, line, *items):
        """Choose open journal items in the OCA's list, as its screen does."""
        for item in items:
            line._add_account_move_line(item.with_env(line.env))
        return line
