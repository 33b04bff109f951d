"""The mark of our own work in a context: what it opens, nobody opens by RPC.

A context over RPC is anybody's, and `sudo()` in a public method keeps it: a key alone proves nothing. This object lives in this
process only, and is compared by `is`; a job of the queue does not carry it and marks its own work anew.
"""

OWN_WORK = object()
