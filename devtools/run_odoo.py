"""Odoo's command line as a file: with workers it starts its second server by running again what it was started from, which a
package's `__main__` cannot be.
"""

from odoo.cli import main

if __name__ == "__main__":
    main()
