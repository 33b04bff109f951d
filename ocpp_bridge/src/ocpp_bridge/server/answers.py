"""What each version's actions are answered with, where no state is needed.

Every action a charging station may send is here or in `handlers.py`; the others are known but travel the
other way (NotSupported) or are not known at all (NotImplemented). A test walks all schemas of the `ocpp`
package.
"""

import functools
import os
from typing import Any

import ocpp

# action -> payload of the CALLRESULT.
_EMPTY_16 = (
    "DiagnosticsStatusNotification", "FirmwareStatusNotification", "LogStatusNotification", "MeterValues",
    "SecurityEventNotification", "SignedFirmwareStatusNotification", "StatusNotification",
)  # fmt: skip
_EMPTY_201 = (
    "ClearedChargingLimit", "FirmwareStatusNotification", "LogStatusNotification", "MeterValues",
    "NotifyChargingLimit", "NotifyCustomerInformation", "NotifyDisplayMessages", "NotifyEvent",
    "NotifyMonitoringReport", "NotifyReport", "PublishFirmwareStatusNotification", "ReportChargingProfiles",
    "ReservationStatusUpdate", "SecurityEventNotification", "StatusNotification",
)  # fmt: skip
_EMPTY_21 = (
    *_EMPTY_201, "BatterySwap", "ClosePeriodicEventStream", "NotifyDERAlarm", "NotifyDERStartStop",
    "NotifyPriorityCharging", "NotifySettlement", "ReportDERControl",
)  # fmt: skip

_STATED_201: dict[str, dict[str, Any]] = {
    # The bridge is no certificate authority and plans no charging: an honest "no" the station can act on.
    "Get15118EVCertificate": {"status": "Failed", "exiResponse": ""},
    "GetCertificateStatus": {"status": "Failed"},
    "NotifyEVChargingNeeds": {"status": "Rejected"},
    "NotifyEVChargingSchedule": {"status": "Accepted"},
    "SignCertificate": {"status": "Rejected"},
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "1.6": {**dict.fromkeys(_EMPTY_16, {}), "SignCertificate": {"status": "Rejected"}},
    "2.0.1": {**dict.fromkeys(_EMPTY_201, {}), **_STATED_201},
    "2.1": {
        **dict.fromkeys(_EMPTY_21, {}),
        **_STATED_201,
        "NotifyEVChargingNeeds": {"status": "NoChargingProfile"},
        "OpenPeriodicEventStream": {"status": "Rejected"},
        "PullDynamicScheduleUpdate": {"status": "Rejected"},
    },
}

_SCHEMA_FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}


@functools.cache
def known_actions(version: str) -> frozenset[str]:
    """Every action of this OCPP version, in either direction, from the schemas of the `ocpp` package."""
    folder = os.path.join(os.path.dirname(ocpp.__file__), _SCHEMA_FOLDERS[version], "schemas")
    names = (name.removesuffix(".json") for name in os.listdir(folder) if name.endswith(".json"))
    return frozenset(name.removesuffix("Request") for name in names if not name.endswith("Response"))


def refusal(version: str, action: str) -> tuple[str, str]:
    """Error code and text for an action that is not answered (OCPP 1.6J table 7, OCPP 2.0.1 part 4 table
    8)."""
    if action in known_actions(version):
        return "NotSupported", f"{action} is not supported by this central system"
    return "NotImplemented", f"{action[:50]} is not an action of OCPP {version}"


def wrong_payload(version: str) -> str:
    """The code for a payload that is no object: the versions spell it differently."""
    return "FormationViolation" if version == "1.6" else "FormatViolation"
