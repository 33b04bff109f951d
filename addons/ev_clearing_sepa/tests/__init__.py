from . import test_disputed_payment
