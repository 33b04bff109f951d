from . import ev_statement_annex
