"""An operator that takes in files: stations with EVSE IDs, profiles, and a queue whose jobs are taken one by one."""

import base64
import json

from odoo.fields import Command

from odoo.addons.ev_billing.tests.common import EvBillingCommon

from .job_common import JobCase

HEADER = "ID;Start;Stop;kWh;EVSE;Badge;Amount\n"


class ImportCommon(JobCase, EvBillingCommon):
    jobs_of = "ev-cdr-import"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ac.evse_ids[0].evse_id = "FR*ABC*E1*1"
        cls.dc.evse_ids[0].evse_id = "FRABCE9"
        cls.csv = cls.make_profile("Hub")
        cls.ocpi = cls.env.ref("ev_clearing.file_profile_ocpi")

    @classmethod
    def make_profile(cls, name, columns=None, **values):
        columns = columns or (
            ("id", "ID"), ("start", "Start"), ("stop", "Stop"), ("energy", "kWh"), ("evse_id", "EVSE"), ("token_uid", "Badge"),
            ("amount", "Amount"),
        )  # fmt: skip
        return cls.env["ev.file.profile"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "source": name.lower(),
                "decimal": "comma",
                "date_format": "dmy",
                "tz": "Europe/Paris",
                "column_ids": [Command.create({"field": field, "column": column}) for field, column in columns],
                **values,
            }
        )

    @classmethod
    def make_import(cls, content, profile=None, **values):
        content = content if isinstance(content, bytes) else (HEADER + content).encode()
        return cls.env["ev.cdr.import"].create(
            {
                "company_id": cls.company.id,
                "profile_id": (profile or cls.csv).id,
                "file": base64.b64encode(content),
                "file_name": "july.csv",
                **values,
            }
        )

    @classmethod
    def make_ocpi(cls, *cdrs):
        return cls.make_import(json.dumps(cdrs).encode(), cls.ocpi, file_name="july.json")

    @classmethod
    def lines(cls, count, first=1, kwh="12,5", badge="04TEST01"):
        """Lines on 1 July 2026, 08:00 to 09:00 in Paris (06:00 to 07:00 UTC), ids S<n>."""
        return "".join(
            f"S{number};01/07/2026 08:00;01/07/2026 09:00;{kwh};FR*ABC*E1*1;{badge};3,50\n"
            for number in range(first, first + count)
        )

    def run_import(self, content, profile=None):
        record = self.make_import(content, profile)
        record.action_import()
        self.work()
        return record

    def counts(self, record):
        record.invalidate_recordset()
        return (record.stored_count, record.duplicate_count, record.quarantined_count, record.error_count)

    def stored(self, source="hub"):
        return self.env["ev.cdr"].search([("source", "=", source)], order="external_id")
