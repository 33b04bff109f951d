"""What partners send and get, read and written in plain Python: tables, OCPI documents, signed meter data. No Odoo import."""
