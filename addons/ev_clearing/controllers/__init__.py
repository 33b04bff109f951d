from . import portal_window
from . import portal_partner_file
