"""``certwhy interfaces``: what ``certwhy sniff`` can listen on."""

from __future__ import annotations

import typer


def interfaces() -> None:
    """List the network interfaces; the one of the default route is marked."""
    from analyzer.capture.live import default_interface
    from analyzer.capture.live import interfaces as known
    from analyzer.render.safe import safe_text

    default = default_interface()
    for one in known():
        marks = [word for word, is_so in (("default", one.name == default), ("loopback", one.loopback)) if is_so]
        state = "up" if one.up else "down"
        about = ", ".join([state, *marks])
        typer.echo(safe_text(f"{one.name:<16} {about:<22} {', '.join(one.addresses)}").rstrip())
