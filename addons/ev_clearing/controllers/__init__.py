from . import portal_window
