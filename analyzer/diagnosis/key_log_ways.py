"""How to get the key log of one end, stack by stack: each way stands here once.

Reports name all of them, an explanation only those for the TLS library that printed the message. What no recording of
ours shows has its source beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Way = tuple[str, str]
"""Where it works, and what to do; what goes into a program's text stands between backticks."""

_VARIABLE = (
    "curl, wget, Chromium, Firefox, GnuTLS",
    "set the environment variable SSLKEYLOGFILE to a file's path and start the program again",
)
_OPENSSL_TOOLS = ("openssl s_client, s_server", "add -keylogfile FILE")
_OPENSSL_SERVERS = (
    "nginx, HAProxy and other servers on OpenSSL",
    "preload a library that sets SSL_CTX_set_keylog_callback; Apache 2.4.49 and later takes SSLKEYLOGFILE",
)
_PYTHON = ("Python", "SSLContext.keylog_filename")
_NODE = ("Node", "node --tls-keylog=FILE")
_GO = ("Go", "tls.Config.KeyLogWriter")
_JAVA = ("Java", "load a key log agent such as jSSLKeyLog with -javaagent; the JDK itself writes none")
_NONE_ON_WINDOWS = (
    "IIS and other programs on Schannel",
    "they write none: take the other end's log, or repeat the login over TLS 1.2",
)
_LANGUAGES = (_PYTHON, _NODE, _GO)

HOW: tuple[Way, ...] = (
    _VARIABLE,
    _OPENSSL_TOOLS,
    (", ".join(where for where, _ in _LANGUAGES), "; ".join(how for _, how in _LANGUAGES)),
    _JAVA,
    _OPENSSL_SERVERS,
    _NONE_ON_WINDOWS,
)
"""The usual ways, for whoever does not know what either end runs."""

KEY_LOGS: Mapping[str, tuple[Way, ...]] = MappingProxyType(
    {
        "openssl": (_OPENSSL_TOOLS, _VARIABLE, _OPENSSL_SERVERS),
        "boringssl": (("Chrome, Chromium, Edge", "start it with --ssl-key-log-file=FILE"),),
        "nss": (("Firefox, Thunderbird", _VARIABLE[1]),),
        "gnutls": (("programs on GnuTLS", _VARIABLE[1]),),
        "go": ((_GO[0], f"set {_GO[1]} in the program, as a flag of it or for the time of the test"),),
        "java": (_JAVA,),
        "schannel": (_NONE_ON_WINDOWS,),
        # Apple documents none; the ways that are told of elsewhere change the system's own library
        "apple": (
            (
                "programs on Secure Transport or Network.framework",
                "we know of no way: take the other end's log, or repeat the login over TLS 1.2",
            ),
        ),
        # Mbed TLS 3, docs/3.0-migration-guide.md; include/mbedtls/ssl.h of 2.28.3; usage of programs/ssl/ssl_client2.c
        "mbedtls": (
            (
                "programs on Mbed TLS",
                "write the lines in a callback of mbedtls_ssl_set_export_keys_cb (3.0 and later) or "
                "mbedtls_ssl_conf_export_keys_ext_cb (2.28); ssl_client2 and ssl_server2 take "
                "`nss_keylog=1 nss_keylog_file=FILE`",
            ),
        ),
        # wolfSSL's configure: --enable-keylog-export; WOLFSSL_SSLKEYLOGFILE_OUTPUT in wolfssl/internal.h
        "wolfssl": (
            (
                "programs on wolfSSL",
                "build it with `./configure --enable-keylog-export`: it writes sslkeylog.log in the current folder",
            ),
        ),
        # rustls 0.20.8, src/key_log_file.rs; the default in src/client/builder.rs is NoKeyLog
        "rustls": (
            (
                "programs on rustls",
                "set `config.key_log = Arc::new(rustls::KeyLogFile::new())` in the program, then SSLKEYLOGFILE",
            ),
        ),
        "node": (_NODE,),
        "python": (_PYTHON,),
        # OTP, the module ssl: option keep_secrets, ssl:connection_information/2
        "erlang": (
            (
                "Erlang, RabbitMQ, EMQX",
                "add {keep_secrets, true} to the TLS options and ask ssl:connection_information for keylog",
            ),
        ),
        # s2n-tls, api/s2n.h
        "s2n": (("programs on s2n-tls", "set a callback with s2n_config_set_key_log_cb"),),
    }
)
"""By the TLS library, or the language that has its own way to it."""
