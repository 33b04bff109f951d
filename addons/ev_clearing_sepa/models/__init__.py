from . import ev_payment_batch
