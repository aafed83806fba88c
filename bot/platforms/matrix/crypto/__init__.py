"""End-to-end encryption: olm sessions, devices, cross-signing, recovery."""
