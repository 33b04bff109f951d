{
    "name": "EV Charging: Bank Files",
    "summary": "Payment batches as ISO 20022 files, and the bank's answers back into the ledger",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "EV Billing contributors",
    "category": "Accounting/EV Charging",
    "depends": ["ev_billing", "base_iban"],
    "external_dependencies": {"python": ["lxml", "python-stdnum", "sepaxml", "pain001", "camt053"]},
    "data": [
        "security/ev_sepa_groups.xml",
        "security/ir.model.access.csv",
        "views/ev_sepa_menus.xml",
    ],
}
