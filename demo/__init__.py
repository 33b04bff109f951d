"""The demo: a small operator, its month of sessions, and the job that turns them into posted documents."""
