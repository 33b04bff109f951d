{
    "name": "EV Charging: Disputes Hold Payments",
    "summary": "What an eMSP disputes is neither paid nor collected until it is answered",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "EV Billing contributors",
    "category": "Accounting/EV Charging",
    "depends": ["ev_clearing", "ev_sepa"],
    "auto_install": True,
}
