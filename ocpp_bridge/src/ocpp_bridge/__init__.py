"""The meter of record: charge points in, charge detail records (CDRs) out, nothing lost between.

    charge point --OCPP--> server/ --> journal/ --> assembly/ --> journal outbox --> odoo/ --> Odoo
                           answers      on disk     drives         (same file)        pushes
                           after disk   first       cdr/ (pure)

* `server/`   one port: WebSockets (OCPP 1.6J, 2.0.1, 2.1), `/health`, `/metrics`
* `journal/`  SQLite file, one writer thread, group commit; a message is on disk before its answer leaves
* `cdr/`      `assemble(messages, rules) -> Cdr | Pending | Quarantine`, pure and replayable, no I/O
* `assembly/` reads the journal by cursor, calls `cdr.assemble`, fills the outbox
* `odoo/`     pushes the outbox, reports station states, pulls the directory of stations and tokens
* `commands/` what the command line does: serve, status, replay, export
"""

__version__ = "0.1.0"
