from . import account_payment_register
from . import ev_payment_propose
from . import ev_payment_cancel
from . import ev_bank_import
from . import ev_bank_settle
from . import base_partner_merge
