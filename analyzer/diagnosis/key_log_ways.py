"""How to get the key log of one end, stack by stack: each way stands here once.

Reports name all of them, an explanation only those for the TLS library that printed the message. Each was run, and its
log opened the login in a capture, unless its source stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Way = tuple[str, str]
"""Where it works, and what to do; what goes into a program's text stands between backticks."""

_SET = "set the environment variable SSLKEYLOGFILE to a file's path and start it again"
# curl/everything-curl, sslkeylogfile.md: with OpenSSL, BoringSSL, GnuTLS, wolfSSL. That of Windows is built with
# Schannel, that of macOS with Secure Transport (their --version); with LibreSSL TLS 1.2 alone (curl/curl#13672)
_NOT_CURL_OF = "the curl of Windows and that of macOS write none"
_VARIABLE = ("curl, Chromium, Firefox, wget and others on GnuTLS", f"{_SET}; {_NOT_CURL_OF}")
_CURL = ("curl", f"{_SET}; {_NOT_CURL_OF}")
_OPENSSL_TOOLS = ("openssl s_client, s_server", "add `-keylogfile FILE`")
# Apache: CHANGES of 2.4.49, and a run. Others: a run of nginx 1.22 and HAProxy 2.6 with captures/recorder/keylog.c;
# the head of sslkeylog.c says how to build it and how to start a program with it (not run). HAProxy's own log
# (tune.ssl.keylog) has "-" for the secrets of a handshake that failed, and takes the callback away
_OPENSSL_SERVERS = (
    "Apache 2.4.49 and later",
    "set SSLKEYLOGFILE in the environment that it is started in",
)
_OTHER_OPENSSL_SERVERS = (
    "nginx, HAProxy (without tune.ssl.keylog) and others on OpenSSL",
    "set SSLKEYLOGFILE, and LD_PRELOAD to a library that sets SSL_CTX_set_keylog_callback, such as sslkeylog.c of "
    "github.com/Lekensteyn/wireshark-notes",
)
_PYTHON = (
    "Python",
    "set SSLKEYLOGFILE: ssl.create_default_context() heeds it, and so does requests; else set "
    "SSLContext.keylog_filename in the program",
)
_NODE = ("Node", "`node --tls-keylog=FILE`, or NODE_OPTIONS=--tls-keylog=FILE; it does not heed SSLKEYLOGFILE")
_GO = ("Go", "set tls.Config.KeyLogWriter in the program, as a flag of it or for the time of the test")
# neykov/extract-tls-secrets, README.md and the notes of its releases: TLS 1.3 since 3.0.0, Java 17, 21 and 25 tested
# with 5.0.0; its MasterSecretCallback.java writes lines that we read. A run: JDK 17 and 25 do not heed SSLKEYLOGFILE
_JAVA = (
    "Java",
    "start it with the agent extract-tls-secrets (on Maven Central): "
    "`-javaagent:extract-tls-secrets-VERSION.jar=FILE`; the JDK itself writes none",
)
_NONE_ON_WINDOWS = (
    "IIS and other programs on Schannel",
    "write none; take the other end's log, or repeat the login over TLS 1.2",
)

HOW: tuple[Way, ...] = (
    _VARIABLE,
    _OPENSSL_TOOLS,
    (
        "Python, Node, Go",
        "SSLKEYLOGFILE where Python uses ssl.create_default_context(), as requests does; `node --tls-keylog=FILE`; "
        "tls.Config.KeyLogWriter in a Go program",
    ),
    _JAVA,
    _OPENSSL_SERVERS,
    _OTHER_OPENSSL_SERVERS,
    _NONE_ON_WINDOWS,
)
"""The usual ways, for whoever does not know what either end runs."""

KEY_LOGS: Mapping[str, tuple[Way, ...]] = MappingProxyType(
    {
        "openssl": (_CURL, _OPENSSL_TOOLS, _OPENSSL_SERVERS, _OTHER_OPENSSL_SERVERS),
        "boringssl": (
            (
                "Chrome, Chromium, Edge",
                "close it, then start it with `--ssl-key-log-file=FILE`, or with SSLKEYLOGFILE set",
            ),
        ),
        # their own libssl3.so heeds it; that of Debian, which other programs use, does not (a run of tstclnt 3.87.1)
        "nss": (("Firefox, Thunderbird", _SET),),
        "gnutls": (("programs on GnuTLS", _SET),),
        "go": (_GO,),
        "java": (_JAVA,),
        "schannel": (_NONE_ON_WINDOWS,),
        # Apple documents none; the ways that are told of elsewhere change the system's own library
        "apple": (
            (
                "programs on Secure Transport or Network.framework",
                "we know of no way; take the other end's log, or repeat the login over TLS 1.2",
            ),
        ),
        # Mbed TLS 3, docs/3.0-migration-guide.md; include/mbedtls/ssl.h of 2.28.3; a run of its ssl_client2
        "mbedtls": (
            (
                "programs on Mbed TLS",
                "write the lines in a callback of mbedtls_ssl_set_export_keys_cb (3.0 and later) or "
                "mbedtls_ssl_conf_export_keys_ext_cb (2.28); ssl_client2 and ssl_server2 take "
                "`nss_keylog=1 nss_keylog_file=FILE`",
            ),
        ),
        # wolfSSL/wolfssl#6852 has the option, 5.5.4 not yet; SHOW_SECRETS: wolfSSL/wolfssl#3661, src/tls13.c
        "wolfssl": (
            (
                "programs on wolfSSL",
                "build a recent one with `./configure --enable-keylog-export CFLAGS=-DSHOW_SECRETS`: it writes "
                "sslkeylog.log in the current folder; curl with wolfSSL takes SSLKEYLOGFILE",
            ),
        ),
        # a run with 0.20.8: without it the variable is not heeded
        "rustls": (
            (
                "programs on rustls",
                "set `config.key_log = Arc::new(rustls::KeyLogFile::new())` in the program, then SSLKEYLOGFILE",
            ),
        ),
        "node": (_NODE,),
        "python": (_PYTHON,),
        # OTP, lib/ssl/src/ssl.erl, keep_secrets: since 27.3.1, and what `true` does not tell; that was run with 25
        "erlang": (
            (
                "programs in Erlang, OTP 27.3.1 and later",
                "add `{keep_secrets, {keylog, Fun}}` to the TLS options and write the lines that Fun gets",
            ),
            (
                "RabbitMQ, EMQX and older OTP",
                "take the other end's log: {keep_secrets, true} tells nothing of a login that failed",
            ),
        ),
        # s2n-tls, api/s2n.h
        "s2n": (("programs on s2n-tls", "set a callback with s2n_config_set_key_log_cb"),),
    }
)
"""By the TLS library, or the language that has its own way to it."""
