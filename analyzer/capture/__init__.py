"""Where packets come from, and how a frame becomes a TCP segment.

``open_capture`` reads the packets of a file or of standard input; ``FrameDecoder`` takes the
link layer, IP and tunnels off each of them. ``PacketFiles`` writes packets again. Everything else in this folder
serves those three.
"""

from __future__ import annotations

from analyzer.capture.files import TLS_KEY_LOG, CaptureFile, can_be_read_twice, collect_secrets, open_capture
from analyzer.capture.frames import FrameDecoder
from analyzer.capture.packet_files import Commented, PacketFiles
from analyzer.capture.progress import Secrets, Truncation

__all__ = [
    "TLS_KEY_LOG",
    "CaptureFile",
    "Commented",
    "FrameDecoder",
    "PacketFiles",
    "Secrets",
    "Truncation",
    "can_be_read_twice",
    "collect_secrets",
    "open_capture",
]
