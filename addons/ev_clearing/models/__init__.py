from . import ev_roaming_hub
from . import ev_roaming_party
