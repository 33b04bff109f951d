from . import ev_statement_annex
from . import ev_contract_simulation_xlsx
