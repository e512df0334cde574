"""The programs and services that settings are known for.

A product has a short name, which files use (the same as in ``rules/error_messages/``), and a name for people. Whoever
has recognised only the TLS library of one side gets the products that are made with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class Product(msgspec.Struct, frozen=True):
    """One of them."""

    name: str
    """As people know it; short, for it stands at the head of a line."""
    stack: str = ""
    """The TLS library beneath it, by its short name, where it has one."""
    also: tuple[str, ...] = ()
    """Other names for it, or what is set in the same way."""


PRODUCTS: Mapping[str, Product] = MappingProxyType(
    {
        "nginx": Product("nginx", "openssl"),
        "apache": Product("Apache httpd", "openssl"),
        "iis": Product("IIS", "schannel", ("HTTP.sys",)),
        "haproxy": Product("HAProxy", "openssl"),
        "envoy": Product("Envoy", "boringssl"),
        "traefik": Product("Traefik", "go"),
        "caddy": Product("Caddy", "go"),
        "tomcat": Product("Tomcat", "java"),
        "jetty": Product("Jetty", "java"),
        "spring-boot": Product("Spring Boot", "java"),
        "java": Product("Java", "java"),
        "go": Product("Go", "go"),
        "node": Product("Node", "node", ("Node.js",)),
        "python": Product("Python", "python"),
        "dotnet": Product(".NET"),
        "kestrel": Product("Kestrel"),
        "kubernetes": Product("Kubernetes", "go"),
        "ingress-nginx": Product("ingress-nginx", "openssl"),
        "etcd": Product("etcd", "go"),
        "postgresql": Product("PostgreSQL", "openssl"),
        "mysql": Product("MySQL", "openssl"),
        "mariadb": Product("MariaDB"),
        "mongodb": Product("MongoDB", "openssl"),
        "redis": Product("Redis", "openssl"),
        "kafka": Product("Kafka", "java"),
        "rabbitmq": Product("RabbitMQ", "erlang"),
        "mosquitto": Product("Mosquitto", "openssl"),
        "freeradius": Product("FreeRADIUS", "openssl"),
        "openldap": Product("OpenLDAP"),
        "postfix": Product("Postfix", "openssl"),
        "stunnel": Product("stunnel", "openssl"),
        "openssl": Product("OpenSSL", "openssl"),
        "gnutls": Product("GnuTLS", "gnutls"),
        "f5": Product("F5 BIG-IP", also=("BIG-IP",)),
        "aws": Product("AWS ALB", also=("AWS", "NLB")),
        "aws-api-gateway": Product("API Gateway"),
        "azure": Product("Azure", also=("Application Gateway",)),
        "google-cloud": Product("Google Cloud"),
        "cloudflare": Product("Cloudflare"),
        "curl": Product("curl", "openssl"),
        "chromium": Product("Chrome", "boringssl", ("Edge", "Chromium")),
        "firefox": Product("Firefox", "nss"),
        "windows": Product("Windows", "schannel"),
        "macos": Product("macOS", "apple", ("Safari",)),
        "ios": Product("iOS", "apple"),
        "android": Product("Android", "boringssl"),
        "cert-manager": Product("cert-manager"),
        "vault": Product("Vault"),
    }
)
"""By short name."""


def products_on(stack: str) -> frozenset[str]:
    """The short names of the products that are made with this TLS library."""
    return frozenset(name for name, product in PRODUCTS.items() if product.stack == stack)


def find_product(wanted: str) -> str | None:
    """The short name of the product that is called so by people or files; capitals make no difference."""
    folded = wanted.strip().casefold()
    for short, product in PRODUCTS.items():
        if folded in (short, *(name.casefold() for name in (product.name, *product.also))):
            return short
    return None
