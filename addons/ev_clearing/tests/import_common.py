"""An operator that takes in files: stations with EVSE IDs, profiles, and a queue whose jobs are taken one by one."""

import base64
import json

from odoo.fields import Command

from odoo.addons.ev_billing.tests.common import EvBillingCommon
from odoo.addons.queue_job.job import Job

HEADER = "ID;Start;Stop;kWh;EVSE;Badge;Amount\n"


class Killed(Exception):
    """The process died in the middle of a job: nothing of it is there."""


class ImportCommon(EvBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ac.evse_ids[0].evse_id = "FR*ABC*E1*1"
        cls.dc.evse_ids[0].evse_id = "FRABCE9"
        cls.csv = cls.make_profile("Hub")
        cls.older_jobs = cls.env["queue.job"].search([]).ids
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

    def waiting(self):
        domain = [
            ("identity_key", "=like", "ev-cdr-import:%"),
            ("state", "=", "pending"),
            ("id", "not in", self.older_jobs),
        ]
        return self.env["queue.job"].search(domain, order="id")

    def work(self, kill=None):
        """Take jobs until none waits; let the process die at the end of job number ``kill``. Return how many were taken."""
        taken = 0
        while jobs := self.waiting():
            job = Job.load(self.env, jobs[0].uuid)
            taken += 1
            self.assertLess(taken, 100, "nothing goes on")
            try:
                with self.env.cr.savepoint():
                    job.perform()
                    if taken == kill:
                        raise Killed
            except Killed:
                self.env.invalidate_all(flush=False)
                return taken
            job.set_done()
            job.store()
            self.env.flush_all()
            self.env.invalidate_all()
        return taken

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
