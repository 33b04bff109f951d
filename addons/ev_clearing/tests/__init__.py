from . import test_classify
from . import test_agreement
from . import test_hub_doubles
from . import test_vat_country
from . import test_agreement_access
