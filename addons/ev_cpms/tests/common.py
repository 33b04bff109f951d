"""A small operator to test with: one company, one site in Paris, an AC and a DC station, a few tokens."""

import json
from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class EvCpmsCommon(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.host = cls.env["res.partner"].create({"name": "Hotel Bellecour", "is_company": True})
        cls.emsp = cls.env["res.partner"].create({"name": "RoamCo", "is_company": True})
        cls.profile = cls.env["ev.user.profile"].create({"name": "Visitor", "code": "visitor-test"})
        cls.site = cls.make_site("Lyon Test", cls.host)
        cls.ac = cls.make_station("T-AC-1", cls.site, "ac", 22, evses=2)
        cls.dc = cls.make_station("T-DC-1", cls.site, "dc", 150)
        cls.badge = cls.make_token("04TEST01", "local", profile=cls.profile)
        cls.roaming = cls.make_token("04TEST02", "roaming", partner=cls.emsp)
        cls.sequence = 0

    @classmethod
    def make_site(cls, name, host=None, tz="Europe/Paris", company=None):
        hosts = [Command.create({"partner_id": host.id, "date_from": "2020-01-01"})] if host else []
        return cls.env["ev.site"].create(
            {"name": name, "tz": tz, "company_id": (company or cls.company).id, "host_ids": hosts}
        )

    @classmethod
    def make_station(cls, identity, site, power_type="ac", max_power_kw=22, evses=1, **values):
        return cls.env["ev.station"].create(
            {
                "identity": identity,
                "site_id": site.id,
                "evse_ids": [
                    Command.create({"number": number, "power_type": power_type, "max_power_kw": max_power_kw})
                    for number in range(1, evses + 1)
                ],
                **values,
            }
        )

    @classmethod
    def make_token(cls, uid, kind, partner=None, profile=None, date_from="2020-01-01", company=None, **values):
        return cls.env["ev.token"].create(
            {
                "uid": uid,
                "kind": kind,
                "company_id": (company or cls.company).id,
                "holder_ids": [
                    Command.create(
                        {
                            "date_from": date_from,
                            "partner_id": partner.id if partner else False,
                            "profile_id": profile.id if profile else False,
                        }
                    )
                ],
                **values,
            }
        )

    @classmethod
    def make_user(cls, login, groups, **values):
        return new_test_user(cls.env, login=login, groups=groups, **values)

    @classmethod
    def make_item(cls, start="2026-03-10T08:00:00Z", energy=10_000, hours=1.0, **values):
        """Return one batch item: ``energy`` Wh on T-AC-1 over ``hours``, unless ``values`` say otherwise."""
        cls.sequence += 1
        stop = datetime.fromisoformat(start) + timedelta(hours=hours)
        return {
            "id": f"test-{cls.sequence}",
            "station": "T-AC-1",
            "evse": 1,
            "connector": 1,
            "token": {"uid": "04TEST01", "type": "RFID"},
            "start": start,
            "stop": stop.isoformat(),
            "meter_start": 1_000_000,
            "meter_stop": 1_000_000 + energy,
            "energy": energy,
            "readings": [],
            "flags": [],
            "raw": "journal:1-2",
            **values,
        }

    @classmethod
    def ingest(cls, *items, source="test", user=None):
        """Send ``items`` as one batch; return the answers."""
        payload = json.dumps({"schema": "ev.cdr.batch/1", "source": source, "cdrs": list(items)})
        cdrs = cls.env["ev.cdr"].with_user(user) if user else cls.env["ev.cdr"]
        return json.loads(cdrs.ingest(payload))["items"]

    @classmethod
    def find_cdr(cls, external_id):
        return cls.env["ev.cdr"].search([("external_id", "=", external_id)])

    @classmethod
    def make_cdr(cls, *args, **values):
        """Ingest one session made by :meth:`make_item` and return its record."""
        item = cls.make_item(*args, **values)
        answer = cls.ingest(item)[0]
        if answer["status"] != "stored":
            raise AssertionError(answer)
        return cls.find_cdr(item["id"])
