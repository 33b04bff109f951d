"""The rules: each a small function that asks one month of one company, and says what it found.

To add one: describe it in `ev_finding_rule_catalogue`, write its function here (check, rule) -> Hits, and name it in DETECTORS
(a higher room does so in `ev.finding.rule._get_catalogue` and `ev.finding._get_detectors`).
The order matters where a rule leaves out what an earlier one told already: the same content, then doubles, then overlaps.
"""

from . import contracts, doubles, energy, flags, holds, metering, register, statements
from .check import Check
from .found import MOST, Found, Hits, fingerprint

DETECTORS = {
    "same_content": doubles.find_same_content,
    "double": doubles.find_doubles,
    "overlap": doubles.find_overlaps,
    "power": energy.find_power,
    "clock": flags.find_clock,
    "quarantine": statements.find_quarantine,
    "no_contract": contracts.find_no_contract,
    "several_contracts": contracts.find_several_contracts,
    "blocked_statement": statements.find_blocked_statements,
    "waiting": statements.find_waiting,
    "completeness": statements.find_incomplete,
    "site_energy": metering.find_site_energy,
    "register_gap": register.find_register_gap,
    "register_fell": register.find_register_fell,
    "zero_energy": energy.find_zero_energy,
    "sequence": flags.find_sequence,
    "unclosed": flags.find_unclosed,
    "token_unknown": flags.find_token_unknown,
    "token_not_valid": flags.find_token_not_valid,
    "not_in_service": flags.find_not_in_service,
    "estimated": statements.find_estimated,
    "signed_missing": flags.find_signed_missing,
    "late": statements.find_late,
    "credit_alone": statements.find_credit_alone,
    "held": holds.find_held,
}

__all__ = ["DETECTORS", "MOST", "Check", "Found", "Hits", "fingerprint"]
