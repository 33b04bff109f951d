"""`replay --push`: the stored item is the truth of what was sent; nothing overwrites it."""

import json
import sqlite3

from helpers import eventually, station
from test_odoo import charge, states

from ocpp_bridge.cli import main


async def test_push_sends_what_is_identical_or_was_never_taken_and_overwrites_nothing(bridge, settings, odoo, capsys):
    journal = settings().journal
    async with bridge(**odoo.settings) as running:
        async with station(running.port, ocpp="2.0.1") as cp:
            ids = await charge(cp, 5)
        await eventually(lambda: [state[0] for state in states(journal).values()] == ["delivered"] * 5)
    same, other, gone, refused, late = ids
    with sqlite3.connect(journal) as db:  # an older bridge made it otherwise; a journal with a hole; a refusal
        db.execute(
            "UPDATE outbox SET payload = replace(payload, '12000', '11999') WHERE id IN (?, ?)", (other, refused)
        )
        db.execute("DELETE FROM message WHERE session = 'x:TX2'")
        db.execute("UPDATE outbox SET state = 'refused', reason = 'ill' WHERE id = ?", (refused,))
        db.execute("UPDATE outbox SET kind = 'late', state = 'refused' WHERE id = ?", (late,))
        before = dict(db.execute("SELECT id, payload FROM outbox"))

    assert main(["replay", "--journal", journal, "--push"]) == 3
    lines = {line["id"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {name: lines[name]["identical"] for name in lines} == {same: True, other: False, gone: False, refused: False}
    assert "cannot be made again" in lines[gone]["error"] and lines[other]["item"]["energy"] == 12000
    with sqlite3.connect(journal) as db:
        assert dict(db.execute("SELECT id, payload FROM outbox")) == before
        pending = {row[0] for row in db.execute("SELECT id FROM outbox WHERE state = 'pending'")}
    assert pending == {same, refused, late}


async def test_push_of_what_is_all_identical_is_fine(bridge, settings, odoo, capsys):
    async with bridge(**odoo.settings) as running:
        async with station(running.port, ocpp="2.0.1") as cp:
            (id_,) = await charge(cp)
        await eventually(lambda: states(settings().journal).get(id_, ("",))[0] == "delivered")
        assert main(["replay", "--journal", settings().journal, "--push"]) == 0
        await eventually(lambda: odoo.received == [id_, id_])
        await eventually(lambda: states(settings().journal)[id_][:2] == ("delivered", "duplicate"))
    assert capsys.readouterr().out.count('"identical": true') == 1
