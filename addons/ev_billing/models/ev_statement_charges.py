"""A statement's charges on their way into the database: added up by line, written by COPY, page by page."""

import io
from collections import namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime

from odoo import fields

from ..rating import Fixed, Indexed, Totals

COLUMNS = (
    "statement_id",
    "company_id",
    "contract_id",
    "line_id",
    "term_id",
    "version_id",
    "kind",
    "cdr_id",
    "station_id",
    "token_id",
    "site_id",
    "origin_id",
    "period_start",
    "period_end",
    "counted",
    "quantity",
    "amount",
    "flags",
)
_SCALED = ("counted", "quantity", "amount")


@dataclass(frozen=True, slots=True)
class LineKey:
    """What charges of one line have in common."""

    version: int
    site: int | None
    correction: str
    origin_period: date | None
    origin_statement: int | None = None


Gap = namedtuple("Gap", "count wh start stop")


class Charges:
    """Collects charges, their lines, and what waits for a price.

    :param statement: ev.statement record being computed
    :param versions: the engine's versions
    """

    def __init__(self, statement, versions):
        self.statement, self.env = statement, statement.env
        self.versions = {version.key: version for version in versions}
        self.totals, self.lines, self.gaps = Totals(), {}, {}
        self.provisional = set()
        # from when to when index values were read, in UTC epoch seconds
        self.prices_from = self.prices_to = None
        self._rows = []
        self._head = f"{statement.id}\t{statement.company_id.id}\t{statement.contract_id.id}"

    def add(self, key, term, quantity, amount, *, kind="usage", cdr=None, station=None, token=None, site=None, origin=None,
            span=None, counted=None, flags=None, provisional=False):  # fmt: skip
        """One charge; numbers in millionths, the span in local days."""
        self.totals.add(key, quantity, amount)
        line = self.lines.get(key) or self._add_line(key)
        if provisional:
            self.provisional.add(key)
        days = (span.start, fields.Date.subtract(span.end, days=1)) if span else (None, None)
        self._rows.append(
            (
                line.id,
                term,
                key.version,
                kind,
                cdr,
                station,
                token,
                site,
                origin,
                *days,
                counted,
                quantity,
                amount,
                flags,
            )
        )

    def wait(self, version, start, stop, wh):
        """A charge that cannot be priced yet, of a session (or fee) between two instants."""
        gap = self.gaps.get(version)
        if gap is None:
            self.gaps[version] = Gap(1, wh, start, stop)
        else:
            self.gaps[version] = Gap(gap.count + 1, gap.wh + wh, min(gap.start, start), max(gap.stop, stop))

    def use_prices(self, start, stop):
        """Remember how far the index values reach that charges stand on."""
        if self.prices_from is None or start < self.prices_from:
            self.prices_from = start
        if self.prices_to is None or stop > self.prices_to:
            self.prices_to = stop

    # ----------------------------------------------------------------- storing

    def flush(self):
        """COPY what came in since; numbers in millionths are written exactly, as decimal text with an exponent."""
        if not self._rows:
            return
        head = self._head
        text = []
        for row in self._rows:
            *plain, counted, quantity, amount, flags = ("\\N" if value is None else value for value in row)
            counted = counted if counted == "\\N" else f"{counted}e-6"
            text.append(
                f"{head}\t" + "\t".join(map(str, plain)) + f"\t{counted}\t{quantity}e-6\t{amount}e-6\t{flags}\n"
            )
        self._rows.clear()
        self.env.cr.copy_expert(f"COPY ev_charge ({', '.join(COLUMNS)}) FROM STDIN", io.StringIO("".join(text)))
        self.env["ev.charge"].invalidate_model()

    def _add_line(self, key):
        """The line of that key, still without sums: charges need its id."""
        statement = self.statement
        lines = self.env["ev.statement.line"].with_context(lang=statement.partner_id.lang)
        version = self.env["ev.contract.term.version"].browse(key.version)
        term = version.term_id.with_context(lang=statement.partner_id.lang)
        site = self.env["ev.site"].browse(key.site)
        origin = self.env["ev.statement"].browse(key.origin_statement)
        name = lines._get_description(term, site, key.correction, key.origin_period, origin)
        self.lines[key] = line = self.env["ev.statement.line"].create(
            {
                "statement_id": statement.id,
                "company_id": statement.company_id.id,
                "name": name,
                "term_id": term.id,
                "version_id": key.version,
                "direction": term.direction,
                "basis": term.basis,
                "product_id": term.product_id.id,
                "site_id": site.id,
                "correction": key.correction,
                "origin_period": key.origin_period,
                "origin_statement_id": origin.id,
            }
        )
        self.env["ev.statement.line"].flush_model()
        return line

    def store_lines(self):
        """Write the sums on the lines and number them as they are read: credits, then charges; regular before corrections."""
        for sums in self.totals.lines(self.statement.currency_id.decimal_places):
            line = self.lines[sums.key]
            if sums.key in self.provisional:
                line.name = line._get_provisional_name()
            line.write(
                {
                    "charge_count": sums.count,
                    "quantity": sums.quantity,
                    "amount_exact": sums.exact,
                    "amount": sums.amount,
                    "provisional": sums.key in self.provisional,
                    **self._get_price(sums),
                }
            )
        self._number_lines()
        self._store_gaps()
        self.env["ev.statement.line"].flush_model()

    def _get_price(self, sums):
        """The unit price of a line: the agreed one, or what it comes to on average."""
        price = self.versions[sums.key.version].price
        if isinstance(price, Fixed) and sums.key.correction not in ("true_up", "amended", "limit"):
            return {"price_unit": price.micro / 1_000_000, "is_average": False}
        average = sums.exact / sums.quantity if sums.quantity else 0
        return {"price_unit": average, "is_average": True}

    def _number_lines(self):
        order = [key for key, _label in self.env["ev.statement.line"]._fields["correction"].selection]
        ordered = sorted(
            self.lines.values(),
            key=lambda line: (
                line.direction != "credit",
                order.index(line.correction),
                line.origin_period or self.statement.period_start,
                line.term_id.sequence,
                line.term_id.id,
                line.site_id.name or "",
                line.version_id.date_from,
                line.id,
            ),
        )
        for number, line in enumerate(ordered, start=1):
            line.number = number

    def _store_gaps(self):
        values = []
        for key, gap in self.gaps.items():
            price = self.versions[key].price
            indexed = isinstance(price, Indexed)
            values.append(
                {
                    "statement_id": self.statement.id,
                    "contract_id": self.statement.contract_id.id,
                    "company_id": self.statement.company_id.id,
                    "version_id": key,
                    "index_id": price.index if indexed else False,
                    "reason": "no_index_value" if indexed else "no_revenue",
                    "charge_count": gap.count,
                    "energy_kwh": gap.wh / 1000,
                    "date_from": to_datetime(gap.start),
                    "date_to": to_datetime(gap.stop),
                }
            )
        self.env["ev.statement.gap"].create(values)


def to_datetime(moment):
    """A naive UTC datetime of epoch seconds, as Odoo stores them."""
    return datetime.fromtimestamp(moment, tz=UTC).replace(tzinfo=None)
