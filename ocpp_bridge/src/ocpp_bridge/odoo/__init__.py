"""The side Odoo sees: push CDRs, report stations, pull the directory."""
