from . import ev_statement_prepare
from . import ev_statement_document
