"""The side charge points see: one port, three OCPP versions."""
