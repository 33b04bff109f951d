from . import ev_bank_entry
from . import ev_bank_suggestion
from . import account_bank_statement_line
from . import account_bank_statement_line_data
