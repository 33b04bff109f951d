"""What is checked before money moves: each rule with what it looks at, what it leaves alone, and how strict it is at first."""

from collections import namedtuple

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# limits: up to two (default, label), read by the rule's detector; holds: whether the session it names can be kept out of billing
Rule = namedtuple("Rule", "code name severity blocking active limits holds description")

CATALOGUE = (
    Rule(
        "same_content", "Same session from two sources", "critical", True, True, (), True,
        _lt("The very same record came from two senders, such as a hub and the station itself. Not meant: a resend of the same "
            "sender, which is never stored twice."),
    ),
    Rule(
        "double", "Possible double", "critical", True, True,
        ((5, _lt("minutes between the starts")), (1, _lt("% difference of the energy"))), True,
        _lt("Two sessions at one EVSE with one badge that start almost together and have almost the same energy. Not meant: "
            "a session and its correction, a car that was plugged in twice, sessions without energy."),
    ),
    Rule(
        "overlap", "Overlapping sessions", "critical", True, True, ((60, _lt("seconds they may overlap")),), True,
        _lt("Two sessions at one EVSE at the same time. Not meant: back to back, a session and its correction, those whose "
            "clock cannot be trusted (they have a rule of their own)."),
    ),
    Rule(
        "power", "More energy than possible", "critical", True, True,
        ((10, _lt("% above Max Power x duration")), (500, _lt("Wh above that"))), True,
        _lt("The energy is more than the EVSE's Max Power can deliver in the time. Not meant: within the meter's tolerance, "
            "or times that cannot be trusted."),
    ),
    Rule(
        "clock", "Wrong clock", "critical", True, True, ((60, _lt("minutes a start may lie after its receipt")),), True,
        _lt("The station's times could not be read or were impossible, so they were replaced; or the session starts after it was "
            "received. Not meant: a session that came days later, after an outage."),
    ),
    Rule(
        "quarantine", "Session in quarantine", "critical", True, True, (), False,
        _lt("Received, but not billed until somebody solves or excludes it in Quarantine."),
    ),
    Rule(
        "no_contract", "No contract applies", "critical", True, True, (), False,
        _lt("Sessions at a hosted site without a host contract, or of a partner's badges without a client or eMSP contract. Not "
            "meant: sites without a host, badges nobody holds."),
    ),
    Rule(
        "several_contracts", "More than one contract applies", "critical", True, True, (), False,
        _lt("Sessions that two contracts of one role would both bill. Not meant: a host and a client contract, which bill two "
            "sides of it."),
    ),
    Rule(
        "blocked_statement", "Blocked statement", "critical", True, True, (), False,
        _lt("A statement of the month could not be computed; it says why."),
    ),
    Rule(
        "waiting", "Charges wait for prices", "critical", True, True, (), False,
        _lt("Charges of a statement have no price yet, such as index values that are not imported."),
    ),
    Rule(
        "completeness", "Numbers do not add up", "critical", True, True, (), False,
        _lt("Billed, draft, pending, excluded and in quarantine together are not the sessions of the month."),
    ),
    Rule(
        "site_energy", "Sessions do not fit the metered energy", "warning", False, True,
        ((10, _lt("% the supplier's meter may show more than the sessions")), (1, _lt("% it may show less"))), False,
        _lt("The site's sessions compared with what the energy supplier metered (Metered Energy). More metered than charged is "
            "normal up to the losses and the station's own use; less is not possible."),
    ),
    Rule(
        "register_gap", "Register gap (missed session)", "warning", False, True,
        ((500, _lt("Wh of the station's own use")),), False,
        _lt("A session's meter starts above where the one before it at that EVSE stopped: energy flowed that no session has. Not "
            "meant: standby use, a new meter (one that starts lower, or higher than the EVSE could have delivered), corrected "
            "sessions."),
    ),
    Rule(
        "register_fell", "Register fell", "warning", False, True, (), True,
        _lt("The meter's register fell or was reset during the session. Not meant: a missing value at an end that was replaced."),
    ),
    Rule(
        "zero_energy", "No energy", "warning", False, True, ((15, _lt("minutes it may last")),), True,
        _lt("A long session without energy: a fault, or a car that was full. Not meant: a short try."),
    ),
    Rule(
        "sequence", "Messages missing", "warning", False, True, (), True,
        _lt("Messages of the station are missing from the session's sequence, or its start never came. Not meant: a station that "
            "was offline and sent everything afterwards."),
    ),
    Rule(
        "unclosed", "Never closed", "warning", False, True, (), True,
        _lt("No end of the session ever came; it was closed at its last known reading."),
    ),
    Rule(
        "token_unknown", "Unknown badge", "warning", False, True, (), True,
        _lt("Nobody entered that badge: the host is paid for the energy, but nobody is billed for it."),
    ),
    Rule(
        "token_not_valid", "Badge not valid then", "warning", False, True, (), True,
        _lt("The session started before the badge's Valid From, or after its Valid Until."),
    ),
    Rule(
        "not_in_service", "Station not in service", "warning", False, True, (), True,
        _lt("The session started before the station was commissioned, or after it was decommissioned."),
    ),
    Rule(
        "estimated", "Priced without readings", "warning", False, True, (), False,
        _lt("A price that depends on the time of the energy was worked out from constant power, because the station sent no "
            "readings. Not meant: fixed prices, which need none."),
    ),
    Rule(
        "signed_missing", "Signed data missing", "warning", False, False,
        ((80, _lt("% of its sessions from which a station usually signs")),), True,
        _lt("A session without signed meter data at a station that usually sends them. Not meant: a station that never signs."),
    ),
    Rule(
        "late", "Came after the close", "info", False, True, (), False,
        _lt("Sessions received after the month's statement of their contract was approved: they come on the next one."),
    ),
    Rule(
        "credit_alone", "Credit without replacement", "info", False, True, ((14, _lt("days to wait for it")),), False,
        _lt("A session was taken back and nothing put in its place for days. Not meant: a correction that is complete."),
    ),
    Rule(
        "held", "Session held since an earlier month", "warning", False, True, (), True,
        _lt("A session of an earlier month is still held, to be billed later: it does not come back by itself, so it is shown in "
            "every month until somebody releases it or decides never to bill it. Not meant: held in its own month, released, "
            "never billed, taken back."),
    ),
)  # fmt: skip
CODES = [(rule.code, rule.name) for rule in CATALOGUE]
