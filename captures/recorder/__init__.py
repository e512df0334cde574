"""Records the captures beside this package from real TLS stacks."""
