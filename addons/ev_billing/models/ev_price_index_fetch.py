"""Day-ahead prices fetched from an interface like ENTSO-E's: every day, or when somebody asks."""

import logging
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..indexes import NoPricesError, PriceIndexError, Wanted, edge_after, edge_before, read_prices
from ..rating import epoch
from .ev_price_index_download import DownloadError, download
from .ev_price_index_store import StoreResult

_logger = logging.getLogger(__name__)
DAY = 86400
# What the interface answers in one document, and how far back a gap is still looked for.
CHUNK_DAYS, LOOK_BACK_DAYS = 31, 35
# Prices that were published are fetched again for some days: what was changed since is told.
REPEAT_DAYS = 2
AGAIN_HOURS = 1
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


class EvPriceIndex(models.Model):
    _inherit = "ev.price.index"

    fetch_url = fields.Char(
        "Address of the Interface",
        groups="base.group_system",
        copy=False,
        help="Of an interface that speaks as ENTSO-E's transparency platform does, with its path, such as https://.../api. The "
        "publisher's documentation says it. Empty: nothing is fetched.",
    )
    fetch_token = fields.Char(
        "Security Token",
        groups="base.group_system",
        copy=False,
        help="The publisher gives one to registered users. It is sent to that address only and shown nowhere.",
    )
    fetch_timeout = fields.Integer(
        "Timeout (seconds)",
        groups="base.group_system",
        default=30,
        copy=False,
        help="For connecting and between two pieces of an answer.",
    )
    fetch_scheduled_at = fields.Datetime(readonly=True, copy=False, groups="base.group_system")
    last_fetch_at = fields.Datetime("Last Fetched", readonly=True, copy=False)
    last_fetch_result = fields.Char("Result", readonly=True, copy=False)
    last_fetch_error = fields.Text("Last Error", readonly=True, copy=False)

    @api.constrains("fetch_url", "fetch_timeout")
    def _check_fetch(self):
        for index in self.sudo().filtered("fetch_url"):
            try:
                url = urlsplit(index.fetch_url)
                host = url.hostname
            except ValueError:
                url, host = urlsplit(""), None
            safe = url.scheme == "https" or (url.scheme == "http" and host in LOCAL_HOSTS)
            if not safe or not host or url.username or url.query or url.fragment:
                raise ValidationError(
                    self.env._(
                        "%s: the address of the interface begins with https:// and has no user, no question mark and no token in "
                        "it: the token has its own field.",
                        index.name,
                    )
                )
            if not 1 <= index.fetch_timeout <= 300:
                raise ValidationError(self.env._("%s: the timeout is 1 to 300 seconds.", index.name))

    # ------------------------------------------------------------------ actions

    def action_fetch(self):
        """Open the window that asks for which days."""
        self.ensure_one()
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_price_index_fetch_action")
        return dict(action, context={"default_index_id": self.id})

    # ----------------------------------------------------------------- business

    @api.model
    def _cron_fetch(self):
        """Fetch every index apart: what one stumbles over is written on it, and the others go on."""
        # A run that is cut short goes on with those it had not come to, and ends.
        earlier = fields.Datetime.subtract(fields.Datetime.now(), hours=AGAIN_HOURS)
        indexes = self.search(
            [
                ("source", "=", "entsoe"),
                ("fetch_url", "!=", False),
                "|",
                ("fetch_scheduled_at", "=", False),
                ("fetch_scheduled_at", "<", earlier),
            ],
            order="fetch_scheduled_at NULLS FIRST, id",
        )
        remaining = len(indexes)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        for index in indexes:
            try:
                index._fetch_prices(*index._get_fetch_span())
            except UserError as error:
                self._note_failure(index, str(error))
            except Exception as error:  # pylint: disable=broad-except
                # its text may hold anything; somebody else storing values in this index at this moment is one of them
                _logger.warning("Fetching price index %s failed: %s", index.id, type(error).__name__)
                self._note_failure(index, self.env._("It failed (%s): the next run tries again.", type(error).__name__))
            index.fetch_scheduled_at = fields.Datetime.now()
            remaining -= 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                break

    def _note_failure(self, index, sentence):
        """Take back what the failed fetch did, and say so on the index and to who is responsible."""
        self.env.cr.rollback()
        self.env.invalidate_all()
        index.write({"last_fetch_at": fields.Datetime.now(), "last_fetch_error": sentence, "last_fetch_result": False})
        index.message_post(body=self.env._("Prices could not be fetched: %s", sentence))
        warning = "mail.mail_activity_data_warning"
        summary = self.env._("Prices are not coming in")
        if not index.activity_ids.filtered(lambda activity: activity.summary == summary):
            index.activity_schedule(
                warning, summary=summary, note=escape(sentence), user_id=index.user_id.id or self.env.uid
            )

    def _fetch_prices(self, start_epoch, end_epoch):
        """Download what is published for [start, end) and store it as final. Final values that differ are told, not replaced.

        :rtype: StoreResult
        :raises UserError: no address or token, the server or its answer is not usable, or it has no prices at all
        """
        self.ensure_one()
        index = self.sudo()
        if index.source != "entsoe" or not index.fetch_url or not index.fetch_token:
            raise UserError(
                self.env._(
                    "%s cannot be fetched: its address or its token is not set. Ask your administrator.", index.name
                )
            )
        documents, missing = [], []
        # all of them before the first is stored: no lock is held while a server takes its time
        for start in range(start_epoch, end_epoch, CHUNK_DAYS * DAY):
            try:
                documents.append(index._download(start, min(start + CHUNK_DAYS * DAY, end_epoch)))
            except NoPricesError as error:
                missing.append(index._blot(error))
            except (DownloadError, PriceIndexError) as error:
                raise UserError(self.env._("%(index)s: %(why)s", index=index.name, why=index._blot(error))) from None
        if not documents:
            raise UserError(self.env._("%(index)s: %(why)s", index=index.name, why=missing[0]))
        results = [
            index._store_values(document.values, self.env._("Fetched, document %s", document.reference or "?"))
            for document in documents
        ]
        total = StoreResult(
            *(sum(parts) for parts in list(zip(*results, strict=True))[:3]), sum((r.refused for r in results), ())
        )
        index._note_success(total, missing)
        return total

    def _download(self, start, end):
        """The document of [start, end), read."""
        content = download(
            self.fetch_url,
            {
                "securityToken": self.fetch_token,
                "documentType": "A44",
                "contract_MarketAgreement.type": "A01",
                "in_Domain": self.bidding_zone,
                "out_Domain": self.bidding_zone,
                "periodStart": _to_stamp(start),
                "periodEnd": _to_stamp(end),
            },
            timeout=self.fetch_timeout,
        )
        return read_prices(
            content,
            Wanted(
                bidding_zone=self.bidding_zone,
                currency=self.currency_id.name,
                unit="MWH",
                resolution=self.resolution,
                timezone=self.tz,
            ),
        )

    def _note_success(self, result, missing):
        words = self.env._(
            "%(added)s new, %(unchanged)s known", added=result.added + result.changed, unchanged=result.unchanged
        )
        self.write(
            {
                "last_fetch_at": fields.Datetime.now(),
                "last_fetch_error": False,
                "last_fetch_result": "; ".join([words, *missing])[:500],
            }
        )
        if result.refused:
            words = self.env._("The publisher changed prices that are final here; they are not taken:")
            self.message_post(body=Markup("<br/>").join([words, *result.refused]))

    def _get_fetch_span(self):
        """What a daily fetch asks for: from the first gap of the last weeks to the end of tomorrow."""
        now = epoch(fields.Datetime.now())
        today = edge_before(now, "day", self.tz)
        end = edge_after(edge_after(now, "day", self.tz), "day", self.tz)
        gaps = self._get_gaps(edge_before(today - LOOK_BACK_DAYS * DAY, "day", self.tz), today)
        start = min([edge_before(today - REPEAT_DAYS * DAY, "day", self.tz), *(gap[0] for gap in gaps)])
        return edge_before(start, "day", self.tz), end

    def _blot(self, error):
        """What the server said, without the token should it have repeated it."""
        return str(error).replace(self.fetch_token, "***")


def _to_stamp(moment):
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)).strftime("%Y%m%d%H%M")
