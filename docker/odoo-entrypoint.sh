#!/bin/sh
# Reads the secrets, which odoo.conf must not hold, and hands over to the image's own entrypoint.
set -eu

# The root file system is read-only: the configuration with the master password lives in memory.
config=/run/odoo/odoo.conf
umask 077
cp /etc/odoo/odoo.conf "$config"
printf 'admin_passwd = %s\n' "$(cat /run/secrets/odoo_admin_password)" >> "$config"
export ODOO_RC="$config"

exec /entrypoint.sh "$@"
