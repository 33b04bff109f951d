from . import partner_file
from . import session_list
