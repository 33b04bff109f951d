from . import ev_dispute_decide
from . import ev_dispute_open
from . import ev_file_profile_read
from . import ev_partner_file_dispute
