"""The mark of our own work in a context: what it opens, nobody opens by RPC.

A context over RPC is anybody's, and `sudo()` in a public method keeps it: a key alone proves nothing. This object lives in this
process only, and is compared by `is`; a job of the queue does not carry it and marks its own work anew.
"""

OWN_WORK = object()


def is_own_work(env):
    """Whether this is the booking or undoing of a bank entry, or a step of a batch."""
    return any(env.context.get(key) is OWN_WORK for key in ("ev_bank_booking", "ev_payment_posting"))


# For what reconciles bank lines of entries and tells them itself what was settled.
FOLLOWED = {"ev_bank_following": OWN_WORK}


def is_followed(env):
    """Whether the entries of bank lines that are reconciled now are told by whoever reconciles them."""
    return env.context.get("ev_bank_following") is OWN_WORK


def find_changed(record, vals, names):
    """The fields among `names` that `vals` make another value of, compared as the ORM would store them."""
    return [
        name
        for name in names
        if name in vals
        and record[name]
        != record._fields[name].convert_to_record(record._fields[name].convert_to_cache(vals[name], record), record)
    ]
