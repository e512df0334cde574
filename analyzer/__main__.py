"""``python -m analyzer`` is the same as ``certwhy``."""

from analyzer.cli import main

main()
