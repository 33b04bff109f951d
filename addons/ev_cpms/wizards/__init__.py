from . import ev_bridge_connect
from . import ev_cdr_correct
from . import ev_cdr_erase
from . import ev_quarantine_dismiss
from . import ev_station_accept
from . import ev_station_password
