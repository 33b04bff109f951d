"""Drives the pure assembly from the journal."""
