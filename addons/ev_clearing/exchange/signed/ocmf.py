"""Open Charge Metering Format 1.0: ``OCMF|{payload}|{signature}``, as most meters in the field write it.

The signature is over the payload's bytes as they stand (OCMF 1.0, 3.2). Payloads travel as text, hexadecimal or base64.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

MARK = "OCMF|"
LONGEST = 200_000
CURVES = {
    "secp192k1": None,
    "secp256k1": ec.SECP256K1,
    "secp192r1": ec.SECP192R1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "brainpool256r1": ec.BrainpoolP256R1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
    "brainpool384r1": ec.BrainpoolP384R1,
}
HASHES = {"SHA256": hashes.SHA256, "SHA384": hashes.SHA384, "SHA512": hashes.SHA512}
# What OCMF counts energy in.
UNITS = {"Wh": Decimal(1), "kWh": Decimal(1000)}
# OBIS codes of imported active energy: total, and of the transaction.
IMPORTS = ("1-0:1.8.0", "1-b:1.8.0", "1-b:1.8.e", "01-00:B2", "01-00:98", "01-00:B0")


class SignedError(Exception):
    """What is wrong with a record, for a person."""


class KeyMissing(SignedError):
    """There is nothing to verify it with."""


@dataclass(frozen=True, slots=True)
class OcmfRecord:
    """One record as read.

    payload: the bytes that were signed; registers: energy readings in Wh, in their order; algorithm: such as
    ``ECDSA-secp256r1-SHA256``; signature: DER.
    """

    payload: bytes
    registers: tuple[Decimal, ...]
    algorithm: str
    signature: bytes

    def verifies(self, public_key):
        """Whether the signature holds.

        :param public_key: DER (SubjectPublicKeyInfo) or the bare point, in hexadecimal or base64
        :raises KeyMissing: there is none
        :raises SignedError: the key or the algorithm cannot be read
        """
        curve, digest = self._get_algorithm()
        key = _read_key(public_key, curve)
        try:
            key.verify(self.signature, self.payload, ec.ECDSA(digest))
        except InvalidSignature:
            return False
        return True

    def _get_algorithm(self):
        parts = self.algorithm.split("-")
        curve, digest = CURVES.get(parts[1] if len(parts) == 3 else ""), HASHES.get(parts[-1])
        if len(parts) != 3 or parts[0] != "ECDSA" or not curve or not digest:
            raise SignedError(f"the signature's method {self.algorithm!r} is not known")
        return curve(), digest()


def read_ocmf(text):
    """An `OcmfRecord`, or None where the text is no OCMF at all.

    :raises SignedError: it begins as OCMF and cannot be read
    """
    if len(text) > LONGEST:
        raise SignedError(f"{len(text)} characters are too many for one record")
    text = unwrap(text)
    if text is None:
        return None
    payload, separator, signature = text[len(MARK) :].rpartition("|")
    if not separator:
        raise SignedError("the signature is missing")
    try:
        facts = json.loads(payload, parse_float=Decimal, parse_int=Decimal)
        seal = json.loads(signature)
        raw = _decode_signature(seal)
        registers = tuple(_get_registers(facts))
        algorithm = str(seal.get("SA") or "ECDSA-secp256r1-SHA256")
    except (ValueError, AttributeError, KeyError, TypeError, InvalidOperation, RecursionError) as error:
        raise SignedError(f"the record cannot be read ({error})") from error
    return OcmfRecord(payload.encode(), registers, algorithm, raw)


def unwrap(text):
    """The record as text, whatever it travels as; None for something else."""
    text = text.strip()
    if text.startswith(MARK):
        return text
    for decode in (bytes.fromhex, _from_base64):
        try:
            found = decode(text).decode()
        except (ValueError, UnicodeDecodeError):
            continue
        if found.startswith(MARK):
            return found.strip()
    return None


def _from_base64(text):
    return base64.b64decode(text, validate=True)


def _decode_signature(seal):
    """SD is hexadecimal unless SE says base64 (OCMF 1.0, table 19)."""
    if str(seal.get("SE") or "hex") == "base64":
        return _from_base64(seal["SD"])
    return bytes.fromhex(seal["SD"])


def _get_registers(facts):
    """Energy readings in Wh. A reading without its own unit or code has those of the one before it."""
    unit = code = None
    for reading in facts.get("RD") or ():
        unit, code = reading.get("RU") or unit, reading.get("RI") or code
        if unit in UNITS and reading.get("RV") is not None and (code is None or code.startswith(IMPORTS)):
            yield Decimal(reading["RV"]) * UNITS[unit]


def _read_key(text, curve):
    """A public key, as DER or as the point itself, in hexadecimal or base64."""
    if not isinstance(text, str) or not text.strip():
        raise KeyMissing("no public key")
    # OCPP 2.x may put "oca:base16:asn1:" before it (OCA application note on signed meter values)
    text = text.strip().rpartition(":")[2]
    for decode in (bytes.fromhex, _from_base64):
        try:
            raw = decode(text)
        except (ValueError, binascii.Error):
            continue
        for read in (
            serialization.load_der_public_key,
            lambda raw: ec.EllipticCurvePublicKey.from_encoded_point(curve, raw),
        ):
            try:
                key = read(raw)
            except (ValueError, UnsupportedAlgorithm):
                continue
            if isinstance(key, ec.EllipticCurvePublicKey):
                return key
    raise SignedError("the public key cannot be read")
