"""A station that speaks OCPP 1.6J."""

from typing import Any

from ocpp.v16 import ChargePoint, call

from .dialect import Running, energy_value
from .link import Link
from .plan import Plan, Session, stamp

SUBPROTOCOL = "ocpp1.6"


class Station(ChargePoint):
    """Answers nothing: this simulation takes no commands."""


class Dialect16:
    def __init__(self, link: Link, plan: Plan) -> None:
        self._link, self._plan = link, plan

    async def boot(self) -> None:
        plan = self._plan
        await self._link.call(
            call.BootNotification(
                charge_point_vendor=plan.vendor,
                charge_point_model=plan.model,
                charge_point_serial_number=plan.serial,
                firmware_version=plan.firmware,
            )
        )

    async def status(self, evse: int, status: str) -> None:
        await self._link.call(call.StatusNotification(connector_id=evse, error_code="NoError", status=status))

    async def heartbeat(self) -> None:
        await self._link.call(call.Heartbeat())

    async def start(self, session: Session) -> Running:
        request = call.StartTransaction(
            connector_id=session.evse,
            id_tag=session.token,
            meter_start=session.meter_start,
            timestamp=stamp(session.start),
        )
        if "retry_start" in session.quirks:
            await self._link.call(request)  # as if this answer had been lost
        answer = await self._link.call(request)
        return Running(session, answer.transaction_id)

    async def sample(self, running: Running, moment: int, register: int, charging: bool) -> None:
        session = running.session
        request = call.MeterValues(
            connector_id=session.evse,
            transaction_id=running.transaction,
            meter_value=[self._meter_value(session, moment, register)],
        )
        if "late_update" in session.quirks and running.held is None:
            running.held = request
            return
        await self._link.call(request)

    async def stop(self, running: Running) -> None:
        session = running.session
        request = call.StopTransaction(
            meter_stop=session.meter_stop,
            timestamp=stamp(session.stop),
            transaction_id=running.transaction,
            id_tag=session.token,
            reason="Local",
        )
        if "retry_stop" in session.quirks:
            await self._link.call(request)
        await self._link.call(request)
        if running.held is not None:
            await self._link.call(running.held)

    def _meter_value(self, session: Session, moment: int, register: int) -> dict[str, Any]:
        value, unit = energy_value(register, "kwh" in session.quirks)
        sampled = {
            "value": value,
            "unit": unit,
            "measurand": "Energy.Active.Import.Register",
            "context": "Sample.Periodic",
        }
        return {"timestamp": stamp(moment), "sampledValue": [sampled]}
