{
    "name": "EV Charging: Bank Files in the OCA's Reconciliation",
    "summary": "What the rules found about a bank line, and their suggestions, inside the OCA's reconciliation screen",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "author": "EV Billing contributors",
    "category": "Accounting/EV Charging",
    "depends": ["ev_sepa", "account_reconcile_oca"],
    "data": ["views/account_bank_statement_line_views.xml"],
    "assets": {"web.assets_backend": ["ev_sepa_reconcile_oca/static/src/reconcile/*"]},
    "auto_install": True,
}
