"""Signed meter data is worth something only when its signature holds and it says the same energy."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from exchange.signed import judge, to_signed_data


def make_key(curve=ec.SECP256R1):
    return ec.generate_private_key(curve())


def public(key):
    """The key as DER in hexadecimal, as most meters print it."""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return der.hex()


def point(key):
    """The bare uncompressed point."""
    return (
        key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint).hex()
    )


def sign(key, *readings, method="ECDSA-secp256r1-SHA256", digest=hashes.SHA256, unit="kWh"):
    """An OCMF record over register readings."""
    rows = [{"TM": "2026-03-10T09:00:00,000+0100 S", "TX": tx, "RV": reading, "RI": "1-0:1.8.0", "RU": unit}
            for tx, reading in zip("BE", readings, strict=False)]  # fmt: skip
    payload = json.dumps({"FV": "1.0", "GI": "TEST", "PG": "T1", "RD": rows})
    signature = key.sign(payload.encode(), ec.ECDSA(digest()))
    return f"OCMF|{payload}|{json.dumps({'SA': method, 'SD': signature.hex()})}"


@pytest.fixture(scope="module")
def key():
    return make_key()


def test_nothing_signed_is_no_verdict():
    assert judge(None, 1000).code == "none"
    assert judge([], 1000).code == "none"


def test_one_record_with_both_readings(key):
    # 1002.5 - 1000 kWh
    assert judge([{"signedMeterData": sign(key, 1000, 1002.5), "publicKey": public(key)}], 2500).code == "valid"


def test_two_records_in_any_order_and_the_key_with_one_of_them(key):
    records = [{"signedMeterData": sign(key, 1002.5)}, {"signedMeterData": sign(key, 1000), "publicKey": point(key)}]
    assert judge(records, 2500).code == "valid"
    assert judge(records[::-1], 2500).code == "valid"


def test_the_key_on_file_counts_not_the_one_that_came_with_it(key):
    thief = make_key()
    forged = [{"signedMeterData": sign(thief, 1000, 1002.5), "publicKey": public(thief)}]
    assert judge(forged, 2500).code == "valid"
    assert judge(forged, 2500, public(key)).code == "invalid"


def test_a_changed_reading_does_not_verify(key):
    record = sign(key, 1000, 1002.5).replace("1002.5", "1009.5")
    assert judge([{"signedMeterData": record, "publicKey": public(key)}], 9500).code == "invalid"


def test_a_valid_signature_over_another_energy_differs(key):
    record = [{"signedMeterData": sign(key, 1000, 1002.5), "publicKey": public(key)}]
    verdict = judge(record, 2600)
    assert verdict.code == "differs"
    assert "2500" in verdict.text
    # the meter shows hundredths of a kWh
    assert judge(record, 2509).code == "valid"


def test_without_a_key_nobody_can_tell(key):
    assert judge([{"signedMeterData": sign(key, 1000, 1002.5)}], 2500).code == "no_key"
    assert judge([{"signedMeterData": sign(key, 1000, 1002.5)}], 2500, public(key)).code == "valid"


@pytest.mark.parametrize(
    "wrap", [lambda text: text.encode().hex(), lambda text: base64.b64encode(text.encode()).decode()]
)
def test_records_travel_as_hexadecimal_or_base64(key, wrap):
    record = {"signedMeterData": wrap(sign(key, 1000, 1002.5)), "publicKey": f"oca:base16:asn1:{public(key)}"}
    assert judge([record], 2500).code == "valid"


@pytest.mark.parametrize(
    ("curve", "method", "digest"),
    [
        (ec.SECP384R1, "ECDSA-secp384r1-SHA256", hashes.SHA256),
        (ec.SECP256K1, "ECDSA-secp256k1-SHA256", hashes.SHA256),
        (ec.BrainpoolP256R1, "ECDSA-brainpool256r1-SHA256", hashes.SHA256),
        (ec.SECP521R1, "ECDSA-secp521r1-SHA512", hashes.SHA512),
    ],
)
def test_curves_of_the_standard(curve, method, digest):
    key = make_key(curve)
    record = {
        "signedMeterData": sign(key, 5000, 6000, method=method, digest=digest, unit="Wh"),
        "publicKey": public(key),
    }
    assert judge([record], 1000).code == "valid"


@pytest.mark.parametrize(
    ("signed", "code"),
    [
        ([{"signedMeterData": "ALFEN;1;2;3"}], "unsupported"),
        ([{"signedMeterData": ""}], "unreadable"),
        ([{}], "unreadable"),
        (["text"], "unreadable"),
        ([{"signedMeterData": "OCMF|{}"}], "unreadable"),
        ([{"signedMeterData": "OCMF|{not json|{}", "publicKey": "00"}], "unreadable"),
        ([{"signedMeterData": 'OCMF|{"RD": 5}|{"SD": "00"}', "publicKey": "00"}], "unreadable"),
        ([{"signedMeterData": 'OCMF|{"RD": []}|{"SD": "zz"}', "publicKey": "00"}], "unreadable"),
        ([{"signedMeterData": 'OCMF|{"RD": []}|{"SA": "RSA", "SD": "00"}', "publicKey": "00"}], "unreadable"),
        ([{"signedMeterData": 'OCMF|{"RD": []}|{"SD": "00"}', "publicKey": "nonsense!"}], "unreadable"),
        ([{"signedMeterData": "OCMF|" + "x" * 300_000 + "|{}"}], "unreadable"),
        ([{"signedMeterData": "OCMF|" + "[" * 50_000 + "|{}"}], "unreadable"),
    ],
)
def test_what_cannot_be_read_is_said_and_breaks_nothing(signed, code):
    assert judge(signed, 1000).code == code


def test_a_wrong_signature_is_invalid(key):
    record = sign(key, 1000, 1002.5)
    head, _bar, _seal = record.rpartition("|")
    assert (
        judge([{"signedMeterData": head + '|{"SD": "3006020101020101"}', "publicKey": public(key)}], 1).code
        == "invalid"
    )


# What the charger signed travels on as OCPI's SignedData, so that the partner can verify it too.


def test_nothing_signed_is_no_signed_data():
    assert to_signed_data(None) is None
    assert to_signed_data([]) is None
    assert to_signed_data([{"publicKey": "04"}, "x"]) is None


def test_start_and_end_are_told_by_their_readings(key):
    first, between, last = sign(key, 1000), sign(key, 1001), sign(key, 1002.5)
    records = [
        {"signedMeterData": last},
        {"signedMeterData": first, "publicKey": public(key)},
        {"signedMeterData": between},
    ]
    found = to_signed_data(records)
    assert (found["encoding_method"], found["public_key"]) == ("OCMF", public(key))
    assert [(value["nature"], value["plain_data"]) for value in found["signed_values"]] == [
        ("Start", first), ("Intermediate", between), ("End", last)
    ]  # fmt: skip
    assert base64.b64decode(found["signed_values"][2]["signed_data"]).decode() == last


def test_one_record_has_both_readings_and_the_key_on_file_counts(key):
    record = sign(key, 1000, 1002.5)
    encoded = base64.b64encode(record.encode()).decode()
    for text in (record, encoded, record.encode().hex()):
        found = to_signed_data([{"signedMeterData": text, "publicKey": "other"}], "mine")
        assert found["public_key"] == "mine"
        assert found["signed_values"] == [{"nature": "End", "plain_data": record, "signed_data": encoded}]


def test_what_a_file_brought_goes_on_as_it_came():
    brought = {"encoding_method": "EDL", "signed_values": [{"nature": "End", "plain_data": "a", "signed_data": "Yg=="}]}
    assert to_signed_data([brought]) == brought


def test_an_unknown_format_says_so():
    found = to_signed_data([{"signedMeterData": "EDL40 1", "encodingMethod": "EDL"}, {"signedMeterData": "EDL40 2"}])
    assert found["encoding_method"] == "EDL"
    assert [value["nature"] for value in found["signed_values"]] == ["Start", "End"]
