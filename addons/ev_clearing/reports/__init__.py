from . import session_list
