{
    "name": "EV Charging: Clearing with eMSPs",
    "summary": "Roaming agreements, control windows, disputes and files between an operator and its eMSPs",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "EV Billing contributors",
    "category": "Accounting/EV Charging",
    "depends": ["ev_billing"],
    "external_dependencies": {"python": ["cryptography", "openpyxl", "xlsxwriter"]},
    "data": [
        "security/ir.model.access.csv",
        "security/ev_clearing_rules.xml",
        "data/ev_roaming_hub.xml",
        "views/ev_clearing_menus.xml",
    ],
}
