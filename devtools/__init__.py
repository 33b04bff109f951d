"""Set-up, demo and tests of this repository: what `make` calls.

Standard library only, so that it runs before anything is installed.
"""
