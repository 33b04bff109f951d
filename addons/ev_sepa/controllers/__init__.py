from . import payment_file
from . import payment_sheet
from . import portal_payment
from . import portal_bank
