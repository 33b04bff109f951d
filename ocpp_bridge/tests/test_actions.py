"""Every action of every version, walked over the schema files of the `ocpp` package: a valid answer, always."""

import json
import os
import pathlib
from typing import Any

import jsonschema
import ocpp
import pytest

from ocpp_bridge.clock import Clock
from ocpp_bridge.journal import Journal
from ocpp_bridge.metrics import Metrics
from ocpp_bridge.server.directory import Directory
from ocpp_bridge.server.gate import Gate
from ocpp_bridge.server.handlers import Handlers
from ocpp_bridge.server.registry import Registry, Station
from ocpp_bridge.server.session import Sessions

FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}
# What a charging station sends (OCPP 1.6 section 4 and security whitepaper; OCPP 2.0.1 and 2.1 part 2).
FROM_STATION = {
    "1.6": """Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
        LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification
        StartTransaction StatusNotification StopTransaction""",
    "2.0.1": """Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification
        Get15118EVCertificate GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit
        NotifyCustomerInformation NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent
        NotifyMonitoringReport NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles
        ReservationStatusUpdate SecurityEventNotification SignCertificate StatusNotification TransactionEvent""",
}
FROM_STATION["2.1"] = (
    FROM_STATION["2.0.1"]
    + """ BatterySwap ClosePeriodicEventStream GetCertificateChainStatus
    NotifyDERAlarm NotifyDERStartStop NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream
    PullDynamicScheduleUpdate ReportDERControl VatNumberValidation NotifyPeriodicEventStream"""
)


def folder(version: str) -> pathlib.Path:
    return pathlib.Path(os.path.dirname(ocpp.__file__)) / FOLDERS[version] / "schemas"


def requests(version: str) -> list[str]:
    names = sorted(path.stem for path in folder(version).glob("*.json"))
    return [name.removesuffix("Request") for name in names if not name.endswith("Response")]


def load(version: str, action: str, answer: bool) -> dict:
    base = folder(version)
    request = base / f"{action}Request.json"
    request = request if request.exists() else base / f"{action}.json"
    return json.loads((base / f"{action}Response.json" if answer else request).read_text("utf-8-sig"))


def example(schema: dict, root: dict) -> Any:
    """The smallest value a schema allows."""
    if "$ref" in schema:
        return example(root["definitions"][schema["$ref"].rsplit("/", 1)[1]], root)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: example(schema["properties"][name], root) for name in schema.get("required", ())}
    if kind == "array":
        return [example(schema["items"], root)] * schema.get("minItems", 1)
    if kind == "string":
        return "2026-10-03T08:00:00Z" if schema.get("format") == "date-time" else "x"
    return {"integer": schema.get("minimum", 1), "number": 1.5, "boolean": True}[kind]


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    from ocpp_bridge.settings import Settings

    clock, metrics = Clock(), Metrics()
    settings = Settings(journal=str(tmp_path_factory.mktemp("actions") / "j.sqlite"))
    directory, registry = Directory(settings), Registry(clock, metrics)
    journal = Journal(settings.journal, clock)
    gate = Gate(settings, directory, registry, metrics, clock)
    yield Sessions(gate, registry, journal, Handlers(settings, directory, registry, clock), metrics, clock)
    journal.close()


@pytest.mark.parametrize(("version", "action"), [(v, a) for v in FOLDERS for a in requests(v)])
async def test_answer_is_valid(sessions, version, action):
    schema = load(version, action, answer=False)
    payload = example(schema, schema)
    jsonschema.validate(payload, schema)
    answer = await sessions.answer(Station("CP-1"), version, json.dumps([2, "17", action, payload]))
    frame = json.loads(answer)
    assert frame[1] == "17"
    if frame[0] == 3:
        jsonschema.validate(frame[2], load(version, action, answer=True))
    else:
        # It travels from the central system to the station, or the bridge has nothing honest to say to it.
        assert frame[0] == 4 and frame[2] == "NotSupported" and len(frame) == 5
    expected = FROM_STATION[version].split()
    unsupported = ("GetCertificateChainStatus", "VatNumberValidation", "NotifyPeriodicEventStream")
    assert (frame[0] == 3) == (action in expected and action not in unsupported), frame


@pytest.mark.parametrize("version", FOLDERS)
async def test_unknown_action_is_not_implemented(sessions, version):
    frame = json.loads(await sessions.answer(Station("CP-1"), version, '[2, "1", "MakeCoffee", {}]'))
    assert frame[2] == "NotImplemented"


@pytest.mark.parametrize(("version", "code"), [("1.6", "FormationViolation"), ("2.0.1", "FormatViolation")])
async def test_payload_that_is_no_object_has_the_code_of_its_version(sessions, version, code):
    frame = json.loads(await sessions.answer(Station("CP-1"), version, '[2, "1", "Heartbeat", 7]'))
    assert frame[:3] == [4, "1", code]


@pytest.mark.parametrize("version", FOLDERS)
async def test_answers_to_billing_messages_of_any_shape_are_not_errors(sessions, version):
    action = "StartTransaction" if version == "1.6" else "TransactionEvent"
    frame = json.loads(await sessions.answer(Station("CP-1"), version, f'[2, "1", "{action}", {{"odd": 1}}]'))
    assert frame[0] == 3
