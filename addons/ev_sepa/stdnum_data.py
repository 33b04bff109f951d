"""Lets `python-stdnum` find its own data files inside Odoo 19.

Odoo's import hook (`odoo/_monkeypatches`) leaves the package with a loader that can run code and read no files, so that
`stdnum.iban` fails with "Can't open orphan path" on its `iban.dat`. The ordinary loader reads both.
"""

from importlib.machinery import SourceFileLoader

import stdnum

if not hasattr(stdnum.__spec__.loader, "get_resource_reader"):
    stdnum.__spec__.loader = SourceFileLoader(stdnum.__name__, stdnum.__spec__.origin)
