from . import test_batch_guard
from . import test_batch_life
from . import test_batch_outcome
from . import test_batch_proposal
from . import test_batch_security
