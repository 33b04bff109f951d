from . import ev_statement_prepare
from . import ev_statement_document
from . import ev_price_index_import
from . import ev_price_index_edit
from . import ev_price_index_fetch
from . import ev_tariff_import
