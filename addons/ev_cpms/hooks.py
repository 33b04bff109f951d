def uninstall_hook(env):
    """Drop what the ORM does not know of: the trigger function guarding ``ev_cdr``."""
    env.cr.execute("DROP FUNCTION IF EXISTS ev_cdr_refuse_change() CASCADE")
