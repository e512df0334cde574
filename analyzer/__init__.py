"""certwhy: says why a login with a TLS client certificate failed, from a packet capture."""

__version__ = "0.1.0"
