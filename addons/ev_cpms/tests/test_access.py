from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import EvCpmsCommon

MODELS = (
    "ev.site",
    "ev.site.host",
    "ev.station",
    "ev.evse",
    "ev.token",
    "ev.token.holder",
    "ev.user.profile",
    "ev.cdr",
    "ev.cdr.quarantine",
    "ev.cdr.erasure",
    "ev.station.candidate",
)
# role -> what it may read, write, create, unlink; the rest is refused.
FACTS = set(MODELS[:8])
ROLES = {
    "ev_cpms.group_cdr_reader": (FACTS | {"ev.cdr.quarantine"}, set(), set(), set()),
    "ev_cpms.group_technician": (
        FACTS | {"ev.cdr.quarantine", "ev.station.candidate"},
        {"ev.station", "ev.evse", "ev.cdr.quarantine", "ev.station.candidate"},
        {"ev.station", "ev.evse"},
        {"ev.evse", "ev.station.candidate"},
    ),
    "ev_cpms.group_admin": (
        set(MODELS),
        set(MODELS) - {"ev.cdr", "ev.cdr.erasure"},
        FACTS - {"ev.cdr"},
        (FACTS - {"ev.cdr"}) | {"ev.station.candidate"},
    ),
    "ev_cpms.group_bridge": (set(), set(), set(), set()),
    "base.group_user": (set(), set(), set(), set()),
    "base.group_portal": (set(), set(), set(), set()),
    "base.group_public": (set(), set(), set(), set()),
}


@tagged("post_install", "-at_install")
class TestAccess(EvCpmsCommon):
    def test_each_role_can_do_its_part_and_nothing_else(self):
        for role, allowed in ROLES.items():
            user = self.make_user(f"t-{role}", role)
            for operation, models in zip(("read", "write", "create", "unlink"), allowed, strict=True):
                for model in MODELS:
                    with self.subTest(role=role, operation=operation, model=model):
                        self.assertEqual(self.env[model].with_user(user).has_access(operation), model in models)

    def test_the_bridge_reads_nothing_at_all(self):
        bridge = self.make_user("t-bridge-access", "ev_cpms.group_bridge")
        self.assertFalse(
            self.env["ir.attachment"].with_user(bridge).search([]), "attachments filter instead of refusing"
        )
        for model in ("res.partner", "res.company", "ir.config_parameter", "mail.message", *MODELS):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(bridge).search([("id", ">", 0)], limit=1).mapped("display_name")

    def test_the_neighbour_company_is_invisible(self):
        other = self.env["res.company"].create({"name": "Neighbour CPO"})
        self.make_cdr()
        admin = self.make_user(
            "t-neighbour", "ev_cpms.group_admin", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        for model in ("ev.site", "ev.station", "ev.evse", "ev.token", "ev.cdr", "ev.user.profile"):
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(admin).search([]))
        with self.assertRaises(AccessError):
            self.ac.with_user(admin).read(["identity"])

    def test_password_hashes_are_for_the_administrator(self):
        self.ac._set_password("x")
        technician = self.make_user("t-tech-hash", "ev_cpms.group_technician")
        with self.assertRaises(AccessError):
            self.ac.with_user(technician).read(["password_hash"])
