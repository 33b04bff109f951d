"""A host enters an account on the portal: it waits, is paid to once approved, and nobody else's is ever shown."""

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.ev_billing.tests.test_portal_pages import EvPortalHttpCase

from .common import HOST_IBAN, OTHER_IBAN
from .iban_common import NEW_IBAN

PAGE = "/my/ev/bank"
IBANS = (
    "BE71096123456769",
    "NL91ABNA0417164300",
    "ES9121000418450200051332",
    "IT60X0542811101000000123456",
    "LU280019400644750000",
)


@tagged("post_install", "-at_install")
class TestIbanPortal(EvPortalHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.approver = cls.make_user("p-approver", "ev_sepa.group_payment_approver", **mine)
        cls.account = cls.env["res.partner.bank"].create({"acc_number": HOST_IBAN, "partner_id": cls.host.id})
        cls.account.with_user(cls.approver).action_ev_approve()

    def enter(self, number, holder="Hotel", csrf=True):
        page = html.fromstring(self.get(PAGE).content)
        token = page.xpath("//form[contains(@action, '/my/ev/bank/enter')]//input[@name='csrf_token']/@value")
        values = {"number": number, "holder": holder, **({"csrf_token": token[0]} if csrf and token else {})}
        return self.url_open(f"{PAGE}/enter", data=values, allow_redirects=False)

    def find(self, number):
        return self.env["res.partner.bank"].with_context(active_test=False).search([("acc_number", "=", number)])

    def test_the_page_shows_the_last_four(self):
        self.login(self.portal_host)
        text = self.get_text(PAGE)
        self.assertIn("•••• 0143", text)
        self.assertIn("You Are Paid Here", text)
        whole = self.get(PAGE).text
        for number in (HOST_IBAN, self.account.acc_number, HOST_IBAN[:10]):
            self.assertNotIn(number, whole)
        counted = self.make_jsonrpc_request("/my/counters", {"counters": ["ev_bank_count"]})
        self.assertEqual(counted["ev_bank_count"], 1)
        self.assertIn(PAGE, self.get("/my/home").text)

    def test_a_new_account_waits_and_is_paid_to_once_approved(self):
        self.login(self.portal_host)
        answer = self.enter("fr14 2004 1010 0505 0001 3m02 606", " Hotel  Bellevue ")
        self.assertEqual((answer.status_code, answer.headers["Location"].endswith("entered=1")), (303, True))
        new = self.find(NEW_IBAN)
        self.assertEqual((new.partner_id, new.acc_holder_name), (self.host, "Hotel Bellevue"))
        self.assertEqual((new.ev_approval, new.allow_out_payment), ("waiting", False))
        self.assertEqual((new.create_uid, new.ev_changed_by_id), (self.portal_host, self.portal_host))
        text = self.get_text(PAGE)
        self.assertIn("Waits for Our Check", text)
        self.assertIn("You Are Paid Here", text)
        batches = self.env["ev.payment.batch"]
        self.assertEqual(batches._find_account(self.host, None, self.company), self.account)
        new.with_user(self.approver).action_ev_approve()
        self.assertEqual(batches._find_account(self.host, None, self.company), new)
        self.assertTrue(self.account.active and self.account._is_ev_approved())
        self.assertIn("Checked, Not in Use", self.get_text(PAGE))
        mails = self.env["mail.mail"].search([("model", "=", new._name), ("res_id", "=", new.id)])
        self.assertEqual(sorted(mails.mapped("email_to")), ["accounts@host.example", "books@host.example"])

    def test_what_is_typed_is_checked_and_not_lost(self):
        self.login(self.portal_host)
        for number, holder, said in (
            ("FR1420041010050500013M02607", "Hotel", "not a valid IBAN"),
            ("12345", "Hotel", "not a valid IBAN"),
            ("", "Hotel", "not a valid IBAN"),
            ("x" * 5000, "Hotel", "not a valid IBAN"),
            (NEW_IBAN, "  ", "name of the account"),
            (NEW_IBAN, "x" * 71, "name of the account"),
            (HOST_IBAN, "Hotel", "on file already"),
        ):
            answer = self.enter(number, holder)
            self.assertEqual(answer.status_code, 422, number)
            self.assertIn(said, answer.text)
        self.assertFalse(self.find(NEW_IBAN))
        self.assertIn('value="&lt;b&gt;', self.enter("<b>", "Hotel").text)
        self.assertEqual(self.host.bank_ids, self.account)

    def test_no_more_than_five_a_day(self):
        self.login(self.portal_host)
        for number in IBANS:
            self.assertEqual(self.enter(number).status_code, 303, number)
        answer = self.enter(NEW_IBAN)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("5 accounts today", answer.text)
        self.assertFalse(self.find(NEW_IBAN))

    def test_an_archived_account_comes_back_waiting(self):
        self.account.unlink()
        self.login(self.portal_host)
        self.assertEqual(self.enter(HOST_IBAN).status_code, 303)
        self.assertEqual((self.account.active, self.account.ev_approval), (True, "waiting"))
        self.assertEqual(self.account.ev_changed_by_id, self.portal_host)

    def test_the_same_number_elsewhere_is_not_told(self):
        self.env["res.partner.bank"].create({"acc_number": OTHER_IBAN, "partner_id": self.neighbour.id})
        self.login(self.portal_host)
        answer = self.enter(OTHER_IBAN)
        self.assertEqual(answer.status_code, 303)
        mine = self.find(OTHER_IBAN).filtered(lambda account: account.partner_id == self.host)
        self.assertIn(self.neighbour.name, mine.with_user(self.approver).ev_warning)

    def test_others_have_no_page(self):
        staff = self.make_user("p-staff", "base.group_user", company_id=self.company.id,
                               company_ids=[(6, 0, self.company.ids)])  # fmt: skip
        for user in (self.portal_emsp, self.portal_neighbour, self.accountant, self.technician, staff):
            self.login(user)
            answer = self.get(PAGE)
            self.assertEqual(answer.status_code, 303, user.login)
            self.assertNotIn("0143", answer.text)
            token = self.get("/my/home").text.split('csrf_token: "')[1].split('"')[0]
            values = {"csrf_token": token, "number": NEW_IBAN, "holder": "x"}
            self.assertEqual(self.url_open(f"{PAGE}/enter", data=values, allow_redirects=False).status_code, 303)
            self.assertFalse(self.find(NEW_IBAN), user.login)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.get(PAGE).headers["Location"])

    def test_an_emsp_with_a_contract_sees_its_own_only(self):
        self.make_contract(("charge", "kwh", "0.3"), partner=self.emsp, role="emsp")
        self.login(self.portal_emsp)
        self.assertIn("We have no bank account of yours", self.get_text(PAGE))
        self.assertNotIn("0143", self.get_text(PAGE))

    def test_no_token_no_entry(self):
        self.login(self.portal_host)
        self.assertEqual(self.enter(NEW_IBAN, csrf=False).status_code, 400)
        self.assertFalse(self.find(NEW_IBAN))

    def test_portal_users_have_no_other_door(self):
        for user in (self.portal_host, self.portal_emsp):
            accounts = self.env["res.partner.bank"].with_user(user)
            for call in (
                lambda accounts=accounts: accounts.search_read([], ["acc_number"]),
                lambda accounts=accounts: accounts.create({"acc_number": NEW_IBAN, "partner_id": self.host.id}),
                lambda accounts=accounts: accounts.browse(self.account.id).action_ev_approve(),
                lambda accounts=accounts: accounts.browse(self.account.id).action_ev_hold(),
            ):
                with self.assertRaises(AccessError, msg=user.login):
                    call()
        self.assertTrue(self.account._is_ev_approved())

    def test_the_portal_user_cannot_approve_even_as_staff(self):
        self.login(self.portal_host)
        self.enter(NEW_IBAN)
        new = self.find(NEW_IBAN)
        self.portal_host.sudo().write({"group_ids": [(6, 0, self.env.ref("ev_sepa.group_payment_approver").ids)]})
        with self.assertRaisesRegex(UserError, "somebody else approves it"):
            new.with_user(self.portal_host).action_ev_approve()
        self.assertEqual(new.ev_approval, "waiting")
