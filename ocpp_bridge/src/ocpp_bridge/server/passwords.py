"""Basic-auth passwords: `scrypt$N$r$p$<salt base64>$<key base64>`, checked off the event loop, success
cached.

OCPP passwords are bytes, not text (security whitepaper A00.FR.204: up to 40 octets; some stations send
binary ones).
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
from collections import OrderedDict

CACHE_LIMIT = 20_000


def hash_password(password: bytes, n: int = 1 << 14, r: int = 8, p: int = 1) -> str:
    salt = os.urandom(16)
    key = hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=256 << 20)
    return f"scrypt${n}${r}${p}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def verify_password(password: bytes, stored: str) -> bool:
    """Constant time in the password. A hash that cannot be read matches nothing."""
    try:
        scheme, n, r, p, salt, key = stored.split("$")
        if scheme != "scrypt":
            return False
        expected = base64.b64decode(key, validate=True)
        found = hashlib.scrypt(
            password, salt=base64.b64decode(salt, validate=True), n=int(n), r=int(r), p=int(p),
            maxmem=256 << 20, dklen=len(expected),
        )  # fmt: skip
    except (ValueError, binascii.Error, OverflowError, MemoryError):
        return False
    return hmac.compare_digest(found, expected)


class PasswordChecker:
    """Remembers verdicts under a keyed fingerprint, so that a station that reconnects costs no scrypt.

    Wrong passwords are remembered too: a station with a stale password knocks for days. A changed hash is a
    new key, so a corrected password works at once.
    """

    def __init__(self) -> None:
        self._secret = os.urandom(32)  # the cache is worthless outside this process
        self._verdicts: OrderedDict[bytes, bool] = OrderedDict()
        self._turn = asyncio.Semaphore(
            max(2, os.cpu_count() or 2)
        )  # scrypt takes 16 MiB and 50 ms each: bound what a storm can ask for

    def known(self, identity: str, password: bytes, stored: str) -> bool | None:
        """The verdict remembered, if there is one."""
        return self._verdicts.get(self._fingerprint(identity, password, stored))

    def _fingerprint(self, identity: str, password: bytes, stored: str) -> bytes:
        parts = b"\0".join((identity.encode("utf-8", "replace"), stored.encode("utf-8", "replace"), password))
        return hmac.digest(self._secret, parts, "sha256")

    async def check(self, identity: str, password: bytes, stored: str) -> bool:
        fingerprint = self._fingerprint(identity, password, stored)
        verdict = self._verdicts.get(fingerprint)
        if verdict is None:
            async with self._turn:
                verdict = await asyncio.to_thread(verify_password, password, stored)
            self._verdicts[fingerprint] = verdict
            if len(self._verdicts) > CACHE_LIMIT:
                self._verdicts.popitem(last=False)
        return verdict
