"""ISO 20022 without Odoo: what a bank file says (`model`), writing it, checking it, and reading what the bank answers.

Amounts are `Decimal`, days are `date`, moments are aware UTC `datetime`. Nothing here knows the ORM.
"""
