"""All recordings, a table for each kind."""

from __future__ import annotations

from ..scenarios import Scenario
from .big_lists import BIG_LISTS
from .carriers import CARRIERS
from .chained import CHAINED
from .configurations import CONFIGURATIONS
from .flawed import FLAWED
from .good_logins import GOOD_LOGINS
from .hellos import HELLOS
from .misshapen import MISSHAPEN
from .near_misses import NEAR_MISSES
from .negotiation import NEGOTIATION
from .post_handshake import POST_HANDSHAKE
from .refused import REFUSED
from .related import RELATED
from .renegotiation import RENEGOTIATION
from .server_side import SERVER_SIDE
from .timed import TIMED
from .tls12_decrypted import TLS12_DECRYPTED
from .tls13 import TLS13
from .tls13_refused import TLS13_REFUSED
from .tls13_shapes import TLS13_SHAPES
from .unanswered import UNANSWERED
from .verify import VERIFY
from .without_keys import WITHOUT_KEYS

TABLES: tuple[tuple[Scenario, ...], ...] = (
    GOOD_LOGINS,
    UNANSWERED,
    REFUSED,
    NEGOTIATION,
    BIG_LISTS,
    CARRIERS,
    WITHOUT_KEYS,
    TLS13,
    TLS13_REFUSED,
    TLS13_SHAPES,
    RENEGOTIATION,
    POST_HANDSHAKE,
    TLS12_DECRYPTED,
    VERIFY,
    FLAWED,
    NEAR_MISSES,
    CONFIGURATIONS,
    RELATED,
    CHAINED,
    SERVER_SIDE,
    TIMED,
    HELLOS,
    MISSHAPEN,
)
