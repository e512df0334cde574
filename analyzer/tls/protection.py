"""The keys of one connection: which secrets open it, and when each comes into force.

Theory of operation
-------------------
Before TLS 1.3 one master secret gives the keys of both directions, and each side begins to use its own with its
ChangeCipherSpec (RFC 5246 section 7.1); a renegotiation prepares the next keys while the old ones are in force.
In TLS 1.3 each direction has a handshake secret from ServerHello on, an application secret after its own Finished,
and the next one after each KeyUpdate (RFC 8446 section 7). Secrets come from key logs, or, for RSA key exchange,
from the server's private key.
"""

from __future__ import annotations

import enum
import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Protocol

from analyzer.packets import Side
from analyzer.tls.codepoints import TLS_1_0, TLS_1_2, TLS_1_3
from analyzer.tls.decryption import (
    RecordReader,
    ServerKey,
    decrypt_premaster,
    reader_for_traffic_secret,
    readers_for_master_secret,
)
from analyzer.tls.key_schedule import (
    extended_master_secret,
    finished_mac,
    master_secret,
    next_traffic_secret,
    transcript_hash,
    verify_data,
)
from analyzer.tls.keylog import KeyLog, Label, line
from analyzer.tls.messages import ClientHello, ServerHello
from analyzer.tls.suites import SuiteParameters, suite_parameters

MAX_SESSIONS = 16_384
MAX_POSTPONED = 4_096
"""Connections that are over and wait for their keys."""
MAX_KEPT_IN_ALL = 32 * 1024 * 1024
"""Bytes of encrypted records that wait for keys."""


_HANDSHAKE_LABELS = (Label.CLIENT_HANDSHAKE, Label.SERVER_HANDSHAKE)


class Sealed(enum.StrEnum):
    """Why records stay closed although keys were given."""

    FOREIGN = "the keys that were given hold no secret of this connection"
    PARTIAL = "the keys that were given hold only a part of this connection's secrets"
    UNSUPPORTED = "records of this cipher suite cannot be read"
    WRONG = "the secrets that were given do not open this connection's records"
    DAMAGED = "a record does not open: its bytes are damaged, or some are missing before it"
    UNNAMED = "the hellos, by which the secrets are found, were not captured, or not in their order"
    BEFORE = "records stand in the capture before the ServerHello that tells how to open them"
    EARLY = "no record opens with the secrets that were given; they may all be early data, which has keys of its own"


class Follower(Protocol):
    """Somebody whose keys may still come."""

    def look_for_keys(self) -> None:
        """Some keys have come."""


class KeyRing:
    """All keys that the user and the capture gave, for all connections."""

    def __init__(self, server_keys: tuple[ServerKey, ...] = ()) -> None:
        self.log = KeyLog()
        self.server_keys = server_keys
        self.may_grow = False
        """More keys may come while the capture is read: what is encrypted is kept for a while."""
        self.followers: dict[Follower, None] = {}
        """The connections that are open while keys may come."""
        self._postponed: deque[Callable[[], None]] = deque()
        self.kept_bytes = 0
        self.kept_dropped = 0
        """Records that were kept for keys, and given up for lack of room."""
        self.partial = 0
        """Connections whose handshake secrets are missing although others of theirs are there."""
        self.opened = 0
        """Readers that were made: above zero, some of the keys fit."""
        self._masters: OrderedDict[bytes, bytes] = OrderedDict()
        self._found: OrderedDict[bytes, bytes] = OrderedDict()
        """Master secrets that no log names by the client's random, by that random."""

    def postpone(self, finish: Callable[[], None]) -> None:
        """A connection is over, but its keys may still come; of too many the oldest is finished."""
        self._postponed.append(finish)
        while len(self._postponed) > MAX_POSTPONED or (self._postponed and self.kept_bytes > MAX_KEPT_IN_ALL):
            self._postponed.popleft()()

    def tell_followers(self) -> None:
        """The log has grown: those who wait look whether their keys are among the new ones."""
        for follower in list(self.followers):
            follower.look_for_keys()

    def finish_postponed(self) -> None:
        """No more keys will come."""
        while self._postponed:
            self._postponed.popleft()()

    def remember(self, session: bytes, master: bytes) -> None:
        """A session id or ticket, for connections that resume it. A ticket may be long: its digest stands for it."""
        if session:
            self._masters[_digest(session)] = master
            if len(self._masters) > MAX_SESSIONS:
                self._masters.popitem(last=False)

    def found(self, random: bytes, master: bytes) -> None:
        """The master secret of a connection, from wherever it is known."""
        if self.log.find(Label.CLIENT_RANDOM, random) is None:
            self._found[random] = master
            if len(self._found) > MAX_SESSIONS:
                self._found.popitem(last=False)

    def lines_of(self, random: bytes) -> bytes:
        """All that opens the connection whose ClientHello has that random, as lines of a key log."""
        master = self._found.get(random)
        return self.log.lines_of(random) + (b"" if master is None else line(Label.CLIENT_RANDOM, random, master))

    def master_of(self, session: bytes) -> bytes | None:
        """The master secret of a session that was seen to begin."""
        return self._masters.get(_digest(session)) if session else None


def _digest(session: bytes) -> bytes:
    return hashlib.blake2b(session, digest_size=16).digest()


class Protection:
    """Turns the secrets of one connection into readers, in time."""

    __slots__ = (
        "_application",
        "_client_hello",
        "_full",
        "_master",
        "_parameters",
        "_ring",
        "_secrets",
        "_server_hello",
        "_upcoming",
        "_wanted",
        "trouble",
    )

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._client_hello: ClientHello | None = None
        self._server_hello: ServerHello | None = None
        self._parameters: SuiteParameters | None = None
        self._full = False
        """Keys are being exchanged: the session is no earlier one."""
        self._master: bytes | None = None
        self._upcoming: tuple[RecordReader, RecordReader] | None = None
        self._secrets: list[bytes | None] = [None, None]
        """The traffic secrets in force, of TLS 1.3."""
        self._wanted: list[Label | None] = [None, None]
        """The label of the traffic secret that was looked for last, of TLS 1.3."""
        self._application = [False, False]
        self.trouble: Sealed | None = None
        """Why the latest reader that was asked for does not exist."""

    # -- what the handshake tells

    def client_hello(self, hello: ClientHello) -> None:
        """A handshake begins. After a HelloRetryRequest the random is the same (RFC 8446 section 4.1.2)."""
        self._client_hello = hello
        self._server_hello = None
        self._master = self._upcoming = None
        self._full = False

    def server_hello(self, hello: ServerHello) -> tuple[RecordReader | None, RecordReader | None]:
        """The suite is known; the readers that are in force at once (TLS 1.3 only)."""
        if self._server_hello is not None:  # the ClientHello before it was not seen, or is still to be delivered
            self._client_hello = self._master = self._upcoming = None
        self._server_hello = hello
        self._parameters = suite_parameters(hello.cipher_suite)
        if hello.version < TLS_1_3:
            return None, None
        return (
            self._traffic_reader(Side.CLIENT, Label.CLIENT_HANDSHAKE),
            self._traffic_reader(Side.SERVER, Label.SERVER_HANDSHAKE),
        )

    def key_exchange(self, body: bytes, session_hash: bytes | None) -> None:
        """The client's ClientKeyExchange: with RSA it holds the premaster secret (RFC 5246 section 7.4.7.1)."""
        self._full = True
        hello, answer, parameters = self._client_hello, self._server_hello, self._parameters
        if hello is None or answer is None or parameters is None or not parameters.rsa_key_exchange:
            return
        encrypted = body[2:] if answer.version >= TLS_1_0 and len(body) > 2 else body
        premaster = self._ring.log.find(Label.RSA, encrypted[:8])
        for key in self._ring.server_keys if premaster is None else ():
            premaster = decrypt_premaster(key, encrypted, hello.legacy_version)
            if premaster is not None:
                break
        if premaster is None:
            return
        if answer.extensions.extended_main_secret:
            if session_hash is not None:
                digest = transcript_hash(answer.version, parameters.hash, session_hash)
                self._master = extended_master_secret(answer.version, parameters.hash, premaster, digest)
        else:
            self._master = master_secret(answer.version, parameters.hash, premaster, hello.random + answer.random)

    def new_ticket(self, ticket: bytes) -> None:
        """Before TLS 1.3 a ticket stands for this session's master secret (RFC 5077)."""
        if self._master is not None:
            self._ring.remember(ticket, self._master)

    # -- readers

    def change_cipher_spec(self, side: Side) -> RecordReader | None:
        """Before TLS 1.3: that side's records are protected under the negotiated keys from here on."""
        if self._upcoming is None:
            self._upcoming = self._derive()
        return self._upcoming[side] if self._upcoming else None

    def again(self, side: Side) -> RecordReader | None:
        """Look once more for the keys that were not there: some may have come."""
        label = self._wanted[side]
        return self.change_cipher_spec(side) if label is None else self._traffic_reader(side, label)

    @property
    def may_open_later(self) -> bool:
        """Keys that are missing now may still come."""
        return self._ring.may_grow and self.trouble in (Sealed.FOREIGN, Sealed.PARTIAL)

    @property
    def ring(self) -> KeyRing:
        """All keys there are."""
        return self._ring

    def after_finished(self, side: Side) -> RecordReader | None:
        """TLS 1.3: that side's Finished was its last record under the handshake keys."""
        self._application[side] = True
        label = Label.CLIENT_TRAFFIC if side is Side.CLIENT else Label.SERVER_TRAFFIC
        return self._traffic_reader(side, label)

    def after_key_update(self, side: Side) -> RecordReader | None:
        """TLS 1.3: the next secret of that side (RFC 8446 section 4.6.3)."""
        secret = self._secrets[side]
        if secret is None or self._parameters is None:
            return None
        self._secrets[side] = next_traffic_secret(self._parameters.hash, secret)
        return reader_for_traffic_secret(self._parameters, self._secrets[side] or b"")

    def beyond_gap(self, side: Side) -> RecordReader | None:
        """TLS 1.3: the keys after those in force, for a gap that may have hidden the message that changes them."""
        return self.after_key_update(side) if self._application[side] else self.after_finished(side)

    def in_application_phase(self, side: Side) -> bool:
        """TLS 1.3: that side's Finished of the main handshake has gone by."""
        return self._application[side]

    # -- controls

    @property
    def hash_name(self) -> str | None:
        """Of TLS 1.3's transcript."""
        return self._parameters.hash if self._parameters else None

    def finished13(self, side: Side, digest: bytes) -> bytes | None:
        """What that side's Finished must hold, under the secret in force (RFC 8446 section 4.4.4)."""
        secret = self._secrets[side]
        return finished_mac(self._parameters.hash, secret, digest) if secret and self._parameters else None

    def finished12(self, side: Side, messages: bytes) -> bytes | None:
        """What that side's Finished must hold before TLS 1.3."""
        if self._master is None or self._parameters is None or self._server_hello is None:
            return None
        version, name = self._server_hello.version, self._parameters.hash
        digest = transcript_hash(version, name, messages)
        return verify_data(version, name, self._master, digest, server=side is Side.SERVER)

    # -- secrets

    def _traffic_reader(self, side: Side, label: Label) -> RecordReader | None:
        if self._client_hello is None:
            self.trouble = Sealed.UNNAMED
            return None
        self._wanted[side] = label
        random, log = self._client_hello.random, self._ring.log
        secret = log.find(label, random)
        self._secrets[side] = secret
        if secret is None:
            known = log.knows(random)
            if known and self.trouble is not Sealed.PARTIAL and label in _HANDSHAKE_LABELS:
                self._ring.partial += 1
            self.trouble = Sealed.PARTIAL if known else Sealed.FOREIGN
            return None
        reader = reader_for_traffic_secret(self._parameters, secret) if self._parameters else None
        if reader is None:
            self.trouble = Sealed.UNSUPPORTED
        else:
            self._ring.opened += 1
        return reader

    def _derive(self) -> tuple[RecordReader, RecordReader] | None:
        hello, answer, parameters = self._client_hello, self._server_hello, self._parameters
        if hello is None or answer is None:
            self.trouble = Sealed.UNNAMED
            return None
        master = self._find_master(hello, answer)
        if master is None:
            self.trouble = Sealed.PARTIAL if self._ring.log.knows(hello.random) else Sealed.FOREIGN
            return None
        self._master = master
        self._ring.remember(answer.session_id, master)
        self._ring.found(hello.random, master)
        readers = None
        if parameters is not None and TLS_1_0 <= answer.version <= TLS_1_2:
            readers = readers_for_master_secret(
                parameters,
                answer.version,
                master,
                hello.random + answer.random,
                encrypt_then_mac=bool(answer.extensions.encrypt_then_mac),
            )
        if readers is None:
            self.trouble = Sealed.UNSUPPORTED
        else:
            self._ring.opened += 1
        return readers

    def _find_master(self, hello: ClientHello, answer: ServerHello) -> bytes | None:
        """By the client's random; from the key exchange; or that of the session that is resumed.

        A session that was offered is not resumed where keys are exchanged: its secret is not that of this connection.
        """
        master = self._ring.log.find(Label.CLIENT_RANDOM, hello.random) or self._master
        if self._full:
            return master
        if master is None and answer.session_id and answer.session_id == hello.session_id:
            master = self._ring.master_of(answer.session_id)
        if master is None and hello.extensions.session_ticket:
            master = self._ring.master_of(hello.extensions.session_ticket)
        return master
