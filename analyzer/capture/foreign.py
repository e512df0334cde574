"""Files that are no pcap or pcapng, told apart by how they start, so that the error can say what they are."""

from __future__ import annotations

_OTHER_CAPTURES = (
    (b"snoop\0\0\0", "a snoop capture"),
    (b"btsnoop\0", "a Bluetooth btsnoop capture"),
    (b"RTSS", "a Microsoft Network Monitor 1 capture"),
    (b"GMBU", "a Microsoft Network Monitor 2 capture"),
    (b"TRSNIFF data", "a Sniffer capture"),
    (b"XCP\0", "a NetXRay or Windows Sniffer capture"),
    (b"iptrace ", "an AIX iptrace capture"),
    (b"\xaa\xaa\xaa\xaa", "a 5Views capture"),
    (b"\x05VNF", "a Visual Networks capture"),
    (b"EyeSDN", "an EyeSDN capture"),
    (b"\x7fver", "an EtherPeek or OmniPeek capture"),
    (b"ObserverPktBuffer", "a Network Instruments Observer capture"),
    (b"\xac\x01\x00\x1c", "an IXIA capture"),
    (b"\x1c\x00\x01\xac", "an IXIA capture"),
    (b"\xab\x01\x00\x1c", "an IXIA capture"),
    (b"\x1c\x00\x01\xab", "an IXIA capture"),
    (b"\x01\x10", "a Novell LANalyzer capture"),
)

_PACKED = (
    (b"PK\x03\x04", "a zip archive", "unzip"),
    (b"\xfd7zXZ\0", "packed with xz", "xz -d"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "zstd -d"),
    (b"BZh", "packed with bzip2", "bzip2 -d"),
    (b"\x04\x22\x4d\x18", "packed with lz4", "lz4 -d"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7z x"),
)

_NO_CAPTURES = (
    (b"-----BEGIN ", "a PEM file (a certificate or a key)"),
    (b"CLIENT_RANDOM ", "a TLS key log"),
    (b"# SSL/TLS secrets log", "a TLS key log"),
)


def name_the_format(head: bytes) -> tuple[str, str]:
    """What a file that starts with ``head`` is, as the end of "NAME is ...", and what to try."""
    for magic, name in _OTHER_CAPTURES:
        if head.startswith(magic):
            return f"{name}, which is not read here", "Convert it with: editcap -F pcapng IN OUT"
    for magic, name, command in _PACKED:
        if head.startswith(magic):
            return f"{name}, not a capture", f"Unpack it first: {command} FILE"
    for magic, name in _NO_CAPTURES:
        if head.startswith(magic):
            return f"{name}, not a capture", "Give the packet capture here, in the pcap or pcapng format."
    return (
        "not a capture in the pcap or pcapng format",
        "If it is a capture of another kind, convert it with: editcap -F pcapng IN OUT",
    )
