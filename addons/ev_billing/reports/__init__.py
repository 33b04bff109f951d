from . import annex
from . import ev_contract_simulation_xlsx
