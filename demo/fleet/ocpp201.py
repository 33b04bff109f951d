"""A station that speaks OCPP 2.0.1."""

import time
from typing import Any

from ocpp.v201 import ChargePoint, call

from .dialect import Running, energy_value
from .link import Link
from .plan import Plan, Session, stamp

SUBPROTOCOL = "ocpp2.0.1"
# OCPP 1.6 words -> ConnectorStatusEnumType
_STATUS = {"Preparing": "Occupied", "Charging": "Occupied", "Finishing": "Occupied"}


class Station(ChargePoint):
    """Answers nothing: this simulation takes no commands."""


class Dialect201:
    def __init__(self, link: Link, plan: Plan) -> None:
        self._link, self._plan = link, plan

    async def boot(self) -> None:
        plan = self._plan
        unit = {
            "vendorName": plan.vendor,
            "model": plan.model,
            "serialNumber": plan.serial,
            "firmwareVersion": plan.firmware,
        }
        await self._link.call(call.BootNotification(charging_station=unit, reason="PowerUp"))

    async def status(self, evse: int, status: str) -> None:
        moment = stamp(time.time())
        word = _STATUS.get(status, status)
        await self._link.call(
            call.StatusNotification(timestamp=moment, connector_status=word, evse_id=evse, connector_id=1)
        )

    async def heartbeat(self) -> None:
        await self._link.call(call.Heartbeat())

    async def start(self, session: Session) -> Running:
        # The same plan gives the same transaction ids: a station that is run again repeats itself, as after a reset.
        begun = stamp(session.start).translate({ord(sign): None for sign in "-:TZ"})
        running = Running(session, f"{self._link.identity[:12]}-{session.evse}-{begun}")
        request = self._event(
            running,
            "Started",
            session.start,
            "Authorized",
            "Charging",
            session.meter_start,
            "Transaction.Begin",
        )
        request.id_token = {"idToken": session.token, "type": "ISO14443"}
        if "retry_start" in session.quirks:
            await self._link.call(request)
        await self._link.call(request)
        return running

    async def sample(self, running: Running, moment: int, register: int, charging: bool) -> None:
        trigger, state = ("MeterValuePeriodic", "Charging") if charging else ("ChargingStateChanged", "SuspendedEV")
        request = self._event(running, "Updated", moment, trigger, state, register, "Sample.Periodic")
        if "late_update" in running.session.quirks and running.held is None:
            running.held = request
            return
        await self._link.call(request)

    async def stop(self, running: Running) -> None:
        session = running.session
        request = self._event(
            running, "Ended", session.stop, "StopAuthorized", None, session.meter_stop, "Transaction.End"
        )
        request.transaction_info["stoppedReason"] = "Local"
        if "retry_stop" in session.quirks:
            await self._link.call(request)
        await self._link.call(request)
        if running.held is not None:
            await self._link.call(running.held)

    def _event(
        self,
        running: Running,
        kind: str,
        moment: int,
        trigger: str,
        state: str | None,
        register: int,
        context: str,
    ) -> Any:
        session = running.session
        info = {"transactionId": running.transaction} | ({"chargingState": state} if state else {})
        running.seq += 1
        return call.TransactionEvent(
            event_type=kind,
            timestamp=stamp(moment),
            trigger_reason=trigger,
            seq_no=running.seq - 1,
            transaction_info=info,
            evse={"id": session.evse, "connectorId": 1},
            offline=True if "offline" in session.quirks else None,
            meter_value=[self._meter_value(session, moment, register, context)],
        )

    def _meter_value(self, session: Session, moment: int, register: int, context: str) -> dict[str, Any]:
        value, unit = energy_value(register, "kwh" in session.quirks)
        sampled = {
            "value": float(value),
            "measurand": "Energy.Active.Import.Register",
            "context": context,
            "unitOfMeasure": {"unit": unit},
        }
        return {"timestamp": stamp(moment), "sampledValue": [sampled]}
