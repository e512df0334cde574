from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from .minting import Family, make_family


@pytest.fixture(scope="session")
def family() -> Family:
    return make_family()


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)
