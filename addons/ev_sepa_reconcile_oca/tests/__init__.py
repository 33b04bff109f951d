from . import test_prefill
from . import test_reconcile
from . import test_reconcile_security
