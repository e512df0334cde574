"""Link layers that are not decoded by hand (IEEE 802.11 before all) go through Scapy.

This is the only place where a file makes Scapy load, and it loads at the first frame that needs it:
ordinary captures never pay the quarter of a second. Scapy only finds where IP starts; the bytes from
there on go back to our own decoder.

Scapy is kept quiet (its loggers write to the terminal, and loading it may warn about deprecated
ciphers) and is trusted with nothing: whatever it raises on hostile bytes, a RecursionError
included, means that the frame cannot be decoded.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from typing import Any

from analyzer.capture.layers import EAPOL, IPV4, IPV6, Layer, UndecodableError

_LONGEST_FRAME = 66_000  # an IP datagram of 64 KiB and any link header; dissecting is slow
_MOST_LAYERS = 64
_WANTED = {"IP": IPV4, "IPv6": IPV6, "EAPOL": EAPOL}

# Each adds the link types and the inner layers that it knows to Scapy's tables.
_SCAPY_MODULES = (
    "scapy.layers.l2",
    "scapy.layers.inet",
    "scapy.layers.inet6",
    "scapy.layers.dot11",
    "scapy.layers.eap",
    "scapy.layers.ppp",
)


class OtherLinks:
    """What Scapy makes of a frame."""

    def __init__(self) -> None:
        self._classes: dict[int, Any] = {}
        self._loaded: dict[int, Any] | None = None

    def knows(self, link_type: int) -> bool:
        """Whether Scapy can decode this link type; decided once for each."""
        if link_type not in self._classes:
            if self._loaded is None:
                self._loaded = _load_scapy()
            self._classes[link_type] = self._loaded.get(link_type)
        return self._classes[link_type] is not None

    def inner(self, link_type: int, data: bytes, end: int) -> Layer | None:
        """The IP or EAPOL layer of a frame of a known link type that ended on the wire at ``end``."""
        missing = end - min(len(data), _LONGEST_FRAME)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                layer = self._classes[link_type](data[:_LONGEST_FRAME])
                for _ in range(_MOST_LAYERS):
                    kind = _WANTED.get(type(layer).__name__)
                    if kind is not None:
                        found = bytes(layer.original)
                        return Layer(kind, found, 0, len(found) + missing)
                    layer = layer.payload
                    if not layer:
                        return None
        except Exception as error:
            raise UndecodableError(str(error)) from None
        return None


def _load_scapy() -> dict[int, Any]:
    """Scapy's classes by link type; empty where it cannot be loaded."""
    for name in ("scapy", "scapy.loading", "scapy.runtime", "scapy.interactive"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in _SCAPY_MODULES:
                importlib.import_module(name)
            from scapy.config import conf

            return dict(conf.l2types.num2layer)
    except Exception:
        return {}
