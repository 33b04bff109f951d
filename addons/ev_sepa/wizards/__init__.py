from . import ev_payment_propose
from . import ev_payment_cancel
