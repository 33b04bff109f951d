# The official image, with our addons and what they need beyond it. It brings a wkhtmltopdf with patched Qt and every Python
# package Odoo needs.
FROM odoo:19

USER root
COPY requirements/addons-lock.txt requirements/schemas-lock.txt requirements/oca-lock.txt /tmp/
RUN pip3 install --no-cache-dir --break-system-packages --no-deps --require-hashes \
        -r /tmp/addons-lock.txt -r /tmp/schemas-lock.txt \
    && pip3 install --no-cache-dir --no-deps --require-hashes --target /mnt/oca -r /tmp/oca-lock.txt
COPY --chown=root:root addons /mnt/extra-addons
COPY --chown=root:root docker/odoo.conf /etc/odoo/odoo.conf
COPY --chown=root:root --chmod=0755 docker/odoo-entrypoint.sh /usr/local/bin/odoo-entrypoint
RUN find /mnt/extra-addons -name '__pycache__' -prune -exec rm -rf {} +

USER odoo
ENTRYPOINT ["odoo-entrypoint"]
CMD ["odoo"]
