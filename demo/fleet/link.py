"""A station's line to its central system: reconnects, and sends again what was not answered, as real ones do."""

import asyncio
import base64
import contextlib
import random
from typing import Any

import websockets.asyncio.client
from ocpp.exceptions import OCPPError
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

BACKOFF_FIRST, BACKOFF_MOST = 0.2, 5.0  # seconds; a demo is in a hurry


class Link:
    """`call` returns when the central system has answered, however often it had to be killed for that."""

    def __init__(self, url: str, identity: str, password: str, subprotocol: str, charge_point: type) -> None:
        self._url, self.identity = f"{url.rstrip('/')}/{identity}", identity
        credentials = base64.b64encode(f"{identity}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}"}
        self._subprotocol, self._charge_point = subprotocol, charge_point
        self._socket: ClientConnection | None = None
        self._point: Any = None
        self._reader: asyncio.Task | None = None
        self._turn = asyncio.Lock()
        self.messages = self.resent = 0

    async def call(self, request: Any) -> Any:
        """The answer's payload. The `ocpp` package gives each attempt a message id of its own."""
        async with self._turn:
            pause = BACKOFF_FIRST
            while True:
                try:
                    await self._connect()
                    answer = await self._answer(request)
                    self.messages += 1
                    return answer
                except (OSError, WebSocketException, OCPPError, TimeoutError) as error:
                    # Down, gone in between, or not able to store it (CALLERROR InternalError): later, then.
                    self.resent += 1
                    if not isinstance(error, OCPPError):
                        await self.close()
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(BACKOFF_MOST, pause * 2)

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, WebSocketException, OCPPError):
                await self._reader
        if self._socket is not None:
            await self._socket.close()
        self._socket = self._reader = None

    async def _connect(self) -> None:
        if self._socket is not None and self._reader is not None and not self._reader.done():
            return
        await self.close()
        self._socket = await websockets.asyncio.client.connect(
            self._url,
            subprotocols=[self._subprotocol],
            additional_headers=self._headers,
            compression=None,
            open_timeout=10,
            proxy=None,
        )
        self._point = self._charge_point(self.identity, self._socket, response_timeout=10)
        self._reader = asyncio.create_task(self._point.start())

    async def _answer(self, request: Any) -> Any:
        """The answer, or ConnectionError as soon as the connection ends: the package itself would wait on."""
        assert self._reader is not None
        call = asyncio.ensure_future(self._point.call(request, suppress=False, skip_schema_validation=True))
        await asyncio.wait({call, self._reader}, return_when=asyncio.FIRST_COMPLETED)
        if call.done():
            return call.result()
        call.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await call
        raise ConnectionError("the connection ended before the answer came")
