# Two stages: wheels are built where compilers may be, and run where nothing is.
FROM python:3.12-slim-bookworm AS build
WORKDIR /build
COPY requirements/bridge-lock.txt ./
RUN python -m venv /opt/bridge \
    && /opt/bridge/bin/pip install --no-cache-dir --require-hashes -r bridge-lock.txt
COPY ocpp_bridge ./ocpp_bridge
RUN /opt/bridge/bin/pip install --no-cache-dir --no-deps --no-build-isolation ./ocpp_bridge

FROM python:3.12-slim-bookworm
RUN groupadd --gid 10001 bridge \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin bridge \
    && install -d -o bridge -g bridge /var/lib/ocpp-bridge
COPY --from=build /opt/bridge /opt/bridge
ENV PATH=/opt/bridge/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME /var/lib/ocpp-bridge
EXPOSE 9000
ENTRYPOINT ["ocpp-bridge"]
CMD ["serve"]
