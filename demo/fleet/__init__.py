"""A simulated fleet: each station is a process of its own that speaks real OCPP over WebSockets.

Built on the client classes of the `ocpp` package, so that it shares no code with the bridge it talks to.

    python -m demo.fleet.station --url ws://127.0.0.1:9000/ocpp --identity CP-1 --password secret \\
        --ocpp 2.0.1 --plan plan.json [--stay]
"""
