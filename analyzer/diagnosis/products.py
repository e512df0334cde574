"""The programs and services that settings are known for.

A product has a short name, which files use (the same as in ``rules/error_messages/``), and a name for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec


class Product(msgspec.Struct, frozen=True):
    """One of them."""

    name: str
    """As people know it; short, for it stands at the head of a line."""
    also: tuple[str, ...] = ()
    """Other names for it, or what is set in the same way."""


PRODUCTS: Mapping[str, Product] = MappingProxyType(
    {
        "nginx": Product("nginx"),
        "apache": Product("Apache httpd"),
        "iis": Product("IIS", ("HTTP.sys",)),
        "haproxy": Product("HAProxy"),
        "envoy": Product("Envoy"),
        "traefik": Product("Traefik"),
        "caddy": Product("Caddy"),
        "tomcat": Product("Tomcat"),
        "jetty": Product("Jetty"),
        "spring-boot": Product("Spring Boot"),
        "java": Product("Java"),
        "go": Product("Go"),
        "node": Product("Node", ("Node.js",)),
        "python": Product("Python"),
        "dotnet": Product(".NET"),
        "kestrel": Product("Kestrel"),
        "kubernetes": Product("Kubernetes"),
        "ingress-nginx": Product("ingress-nginx"),
        "etcd": Product("etcd"),
        "postgresql": Product("PostgreSQL"),
        "mysql": Product("MySQL"),
        "mariadb": Product("MariaDB"),
        "mongodb": Product("MongoDB"),
        "redis": Product("Redis"),
        "kafka": Product("Kafka"),
        "rabbitmq": Product("RabbitMQ"),
        "mosquitto": Product("Mosquitto"),
        "freeradius": Product("FreeRADIUS"),
        "openldap": Product("OpenLDAP"),
        "postfix": Product("Postfix"),
        "stunnel": Product("stunnel"),
        "openssl": Product("OpenSSL"),
        "gnutls": Product("GnuTLS"),
        "f5": Product("F5 BIG-IP", also=("BIG-IP",)),
        "aws": Product("AWS ALB", also=("AWS", "NLB")),
        "aws-api-gateway": Product("API Gateway"),
        "azure": Product("Azure", also=("Application Gateway",)),
        "google-cloud": Product("Google Cloud"),
        "cloudflare": Product("Cloudflare"),
        "curl": Product("curl"),
        "chromium": Product("Chrome", ("Edge", "Chromium")),
        "firefox": Product("Firefox"),
        "windows": Product("Windows"),
        "macos": Product("macOS", ("Safari",)),
        "ios": Product("iOS"),
        "android": Product("Android"),
        "cert-manager": Product("cert-manager"),
        "vault": Product("Vault"),
    }
)
"""By short name."""


def find_product(wanted: str) -> str | None:
    """The short name of the product that is called so by people or files; capitals make no difference."""
    folded = wanted.strip().casefold()
    for short, product in PRODUCTS.items():
        if folded in (short, *(name.casefold() for name in (product.name, *product.also))):
            return short
    return None


def short_names(names: Iterable[str]) -> frozenset[str]:
    """Those of the products that are called so; a name that no setting is known for is passed over."""
    return frozenset(short for short in map(find_product, names) if short is not None)
