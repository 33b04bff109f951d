"""Bank files are written and read without Odoo: the addon's own folder goes on the path."""

import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "addons" / "ev_sepa"
sys.path.insert(0, str(ADDON))
