from . import portal
from . import portal_statement
from . import portal_contract
from . import portal_session
