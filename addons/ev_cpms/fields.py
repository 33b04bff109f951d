"""Field types the bulk tables of this addon need and core does not have."""

from odoo import fields


class BigInteger(fields.Integer):
    """A 64-bit integer: a site's register passes 2^31 Wh (2.1 GWh) within its life."""

    _column_type = ("int8", "int8")
