"""The package is imported as `indexes`, without Odoo: the addon's own folder goes on the path."""

import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "addons" / "ev_billing"
sys.path.insert(0, str(ADDON))
