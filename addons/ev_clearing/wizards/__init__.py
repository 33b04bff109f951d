from . import ev_dispute_decide
from . import ev_dispute_open
from . import ev_file_profile_read
