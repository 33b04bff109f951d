"""Price indexes for tests, and their values as exact text."""

from datetime import UTC, datetime
from decimal import Decimal

from odoo.tools import SQL

from .common import EvCompanyCase

QUARTER = 900


def at(text):
    """UTC epoch seconds of ``2026-03-29 01:00``."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def quarters(start, *prices, final=True):
    """Values of consecutive quarter-hours."""
    first = at(start)
    return [
        (first + number * QUARTER, first + (number + 1) * QUARTER, Decimal(price), final)
        for number, price in enumerate(prices)
    ]


class PriceIndexCommon(EvCompanyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.index = cls.make_index("Day-ahead BE", "T-BE")

    @classmethod
    def make_index(cls, name, code, **values):
        return cls.env["ev.price.index"].create(
            {
                "name": name,
                "code": code,
                "company_id": cls.company.id,
                "currency_id": cls.env.ref("base.EUR").id,
                **values,
            }
        )

    @classmethod
    def make_mean(cls, base, code="T-BE-M", method="monthly_mean", **values):
        values = {
            "source": "derived",
            "clock": "ex_post",
            "derived_from_id": base.id,
            "derived_method": method,
            **values,
        }
        return cls.make_index(f"{method} of {base.code}", code, **values)

    def store(self, *args, index=None, **kwargs):
        return (index or self.index)._store_values(*args, source=kwargs.pop("source", "test"), **kwargs)

    def rows(self, index=None):
        """[(start, price, state, revision from, revision to)], the whole history."""
        return self.env.execute_query(
            SQL(
                """SELECT to_char(date_start, 'YYYY-MM-DD HH24:MI'), price::text, state, revision_from, revision_to
                     FROM ev_price_index_value WHERE index_id = %s ORDER BY date_start, revision_from""",
                (index or self.index).id,
            )
        )

    def prices(self, index=None):
        """{start: (price, state)} of the current values."""
        return {row[0]: row[1:3] for row in self.rows(index) if row[4] is None}
