"""Terms as sentences: what a contract says, in the words people say it in."""

from odoo import api, models
from odoo.tools import format_date

from .ev_price_band import MONTHS, WEEKDAYS

# Fewest decimals a price is shown with: energy is quoted in hundredths of a cent.
SHOWN_DECIMALS = {"kwh": 4, "charging_minute": 4, "idle_minute": 4}
# Whatever changes the words.
SAID = ("price_kind", "price", "index_id.name", "index_factor", "index_adder", "losses", "has_floor", "floor", "has_cap", "cap",
        "negative_clause", "negative_price", "negative_text", "band_ids.name", "band_ids.price", "tier_ids.until",
        "tier_ids.price", "tier_mode", "tariff_id.name", "period_minimum", "period_cap", "quantity", "power_type", "kind",
        "profile_ids.name", "site_ids.name", "station_ids.identity", "token_ids.uid", "emsp_ids.name", "date_from",
        "term_id.direction", "term_id.basis", "term_id.currency_id", "count_zero_energy", "only_used")  # fmt: skip


class EvContractTermVersion(models.Model):
    _inherit = "ev.contract.term.version"

    @api.depends(*SAID)
    @api.depends_context("lang")
    def _compute_sentence(self):
        for version in self:
            version.sentence = version._get_sentence()

    def _get_sentence(self):
        """The version as a person would say it: ``Credit 0.1850 EUR per kWh on AC chargers of sites A, B, from 1 Jan 2027``."""
        self.ensure_one()
        parts = [
            self.env._("Credit") if self.term_id.direction == "credit" else self.env._("Charge"),
            " ",
            self._say_price(),
            self._say_sessions(),
            self._say_places(),
            self._say_limits(),
        ]
        since = format_date(self.env, self.date_from, date_format="d MMM yyyy")
        return "".join(parts) + self.env._(", from %s", since)

    # ------------------------------------------------------------------- price

    def _say_price(self):
        """``0.1850 EUR per kWh``, ``[BE-DA] x 1.05 + 0.012 EUR per kWh``, ..."""
        kind = self.price_kind
        if kind == "tariff":
            return self.env._("each session by OCPI tariff %s", self.tariff_id.name or "?")
        basis = dict(self.term_id._fields["basis"]._description_selection(self.env)).get(self.term_id.basis, "")
        unit = "%" if self.term_id.basis == "revenue" else f" {self.term_id.currency_id.name or ''}"
        how = getattr(self, f"_say_{kind}")(unit)
        times = f"{_shorten(self.quantity)} x " if self.quantity != 1 else ""
        return f"{times}{how} {basis}{self._say_clauses()}"

    def _say_fixed(self, unit):
        return f"{self._format_price(self.price)}{unit}"

    def _say_banded(self, unit):
        bands = ", ".join(f"{band.name} {self._format_price(band.price)}" for band in self.band_ids)
        return self.env._(
            "%(bands)s, otherwise %(price)s%(unit)s", bands=bands, price=self._format_price(self.price), unit=unit
        )

    def _say_tiered(self, unit):
        words = []
        for tier in self.tier_ids:
            price = f"{self._format_price(tier.price)}{unit}"
            if tier.until:
                words.append(self.env._("%(price)s up to %(until)s", price=price, until=_shorten(tier.until)))
            else:
                words.append(self.env._("%s beyond", price) if words else price)
        text = self.env._(", then ").join(words)
        return self.env._("%s (by the total)", text) if self.tier_mode == "volume" else text

    def _say_indexed(self, unit):
        words = self.index_id.name or "?"
        if self.index_factor != 1:
            words += f" x {_shorten(self.index_factor)}"
        if self.index_adder:
            sign = "+" if self.index_adder > 0 else "-"
            words += f" {sign} {self._format_price(abs(self.index_adder))}"
        if self.losses:
            words = self.env._("(%(words)s) plus %(losses)s %% losses", words=words, losses=_shorten(self.losses))
        return words + unit

    def _say_clauses(self):
        """Floor, cap and what applies to a negative index: ``, at least 0.0000, a negative index counting as zero``."""
        if self.price_kind != "indexed":
            return ""
        words = ""
        if self.has_floor:
            words += self.env._(", at least %s", self._format_price(self.floor))
        if self.has_cap:
            words += self.env._(", at most %s", self._format_price(self.cap))
        if self.negative_clause == "zero":
            words += self.env._(", a negative index counting as zero")
        elif self.negative_clause == "agreed":
            words += self.env._(
                ", %(price)s while the index is negative (%(clause)s)",
                price=self._format_price(self.negative_price),
                clause=self.negative_text or "",
            )
        return words

    def _format_price(self, price):
        """The price with as many decimals as it has, at least those the field shows."""
        fewest = 0 if self.term_id.basis == "revenue" else SHOWN_DECIMALS.get(self.term_id.basis, 2)
        whole, decimals = f"{price:.6f}".split(".")
        decimals = decimals.rstrip("0").ljust(fewest, "0")
        return f"{whole}.{decimals}" if decimals else whole

    # ------------------------------------------------------------------ filter

    def _say_sessions(self):
        words = ""
        if self.only_used:
            words += self.env._(" with a session in the month")
        if self.kind:
            words += self.env._(
                " for %s sessions", dict(self._fields["kind"]._description_selection(self.env))[self.kind].lower()
            )
        if self.profile_ids:
            words += self.env._(" of user profiles %s", ", ".join(self.profile_ids.mapped("name")))
        if self.token_ids:
            words += self.env._(" with badges %s", _list(self.token_ids.mapped("uid")))
        if self.emsp_ids:
            words += self.env._(" of %s", ", ".join(self.emsp_ids.mapped("name")))
        return words

    def _say_places(self):
        words = ""
        if self.power_type:
            words += self.env._(" on %s chargers", self.power_type.upper())
        if self.station_ids:
            words += self.env._(" (%s)", _list(self.station_ids.mapped("identity")))
        if self.site_ids:
            words += self.env._(" of sites %s", _list(self.site_ids.mapped("name")))
        if self.count_zero_energy:
            words += self.env._(", sessions without energy included")
        return words

    def _say_limits(self):
        words = ""
        if self.period_minimum:
            words += self.env._(", at least %s a period", self._format_amount(self.period_minimum))
        if self.period_cap:
            words += self.env._(", at most %s a period", self._format_amount(self.period_cap))
        return words

    def _format_amount(self, amount):
        return (
            f"{amount:.{self.term_id.currency_id.decimal_places or 2}f} {self.term_id.currency_id.name or ''}".strip()
        )


class EvPriceBand(models.Model):
    _inherit = "ev.price.band"

    @api.depends("name")
    def _compute_display_name(self):
        """``Peak: Mon-Fri 08:00-20:00, Nov to Mar``."""
        for band in self:
            band.display_name = f"{band.name}: {band._say_when()}" if band.name else band._say_when()

    def _say_when(self):
        self.ensure_one()
        chosen = [self._fields[name]._description_string(self.env) for name in WEEKDAYS if self[name]]
        days = self.env._("every day") if len(chosen) == 7 else ", ".join(chosen)
        hours = "-".join(f"{int(hour):02}:{round(hour % 1 * 60):02}" for hour in (self.hour_from, self.hour_to))
        months = dict(MONTHS)
        season = ""
        if self.season_from_month and self.season_to_month:
            season = f", {months[self.season_from_month]} - {months[self.season_to_month]}"
        return f"{days} {hours}{season}"


def _shorten(number):
    """The number without trailing zeros."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _list(names, most=4):
    """Names with commas; the rest of a long list is counted."""
    return ", ".join(names[:most]) + (f" +{len(names) - most}" if len(names) > most else "")
