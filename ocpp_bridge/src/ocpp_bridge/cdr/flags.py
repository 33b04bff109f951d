"""The quality flags of a CDR: what was odd, and by which rule it was billed all the same."""

TIME_NAIVE = "time_naive"  # a stamp without a zone: read as UTC
TIME_UNREADABLE = "time_unreadable"  # a stamp that cannot be read: the arrival time counts
CLOCK_IMPLAUSIBLE = "clock_implausible"  # 1970, hours ahead, 2099: shifted as `times.py` says
STOP_BEFORE_START = "stop_before_start"  # the less credible of the two was moved to the other
OFFLINE = "offline"  # the station says it was offline (OCPP 2.0.1 TransactionEvent.offline)
SEQ_GAP = "seq_gap"  # sequence numbers are missing (legitimate: a full queue drops Updates, 2.0.1 E04.FR.07)
SEQ_REPEATED = "seq_repeated"  # different events share a sequence number: gaps cannot be seen
NO_START = "no_start"  # 2.x: no Started event ever came; the earliest event starts the session
REPEATED_START = "repeated_start"  # different Started events: the earliest counts
REPEATED_STOP = "repeated_stop"  # different stops: the latest counts
UNCLOSED = "unclosed"  # no stop ever came; closed at the last known reading
STOP_MATCHED = "stop_matched"  # the stop named another transaction and was matched by token, time and meter
LATE_UPDATE = "late_update"  # an event dated after the end: its readings count only where the end has none
METER_START_MISSING = "meter_start_missing"  # the first reading counts instead
METER_STOP_MISSING = "meter_stop_missing"  # the last reading counts instead
METER_START_REPLACED = "meter_start_replaced"  # begin 0 on a lifetime meter: the first reading counts instead
METER_STOP_REPLACED = "meter_stop_replaced"  # end 0 while samples rose: the last reading counts instead
NO_METER_VALUES = "no_meter_values"  # no register reading at all, and no sign of charging: energy 0
REGISTER_FELL = "register_fell"  # a reading below an earlier one: clamped, never negative
METER_RESET = "meter_reset"  # the register was reset: the rises before and after are added up (`reset.py`)
UNIT_UNKNOWN = "unit_unknown"  # a register sample in a unit that is no energy: ignored
ENERGY_IMPLAUSIBLE = "energy_implausible"  # above max power x duration, while the clock is not to be trusted either
