"""Names of certification authorities that operating systems and browsers trust out of the box.

Only to recognise a list that is somebody's whole trust store: a name in here says nothing about trust. The
common name counts, or the organisational unit of the few roots that have none.
"""

from __future__ import annotations

from functools import lru_cache

from analyzer.x509.names import Name, UnreadableName, normalised

_LONGEST_CACHED = 128
"""Characters, longer than any name below."""

_NAMES = """
AAA Certificate Services
AC RAIZ FNMT-RCM
AC RAIZ FNMT-RCM SERVIDORES SEGUROS
ACCVRAIZ1
Actalis Authentication Root CA
AddTrust External CA Root
AffirmTrust Commercial
AffirmTrust Networking
AffirmTrust Premium
AffirmTrust Premium ECC
Amazon Root CA 1
Amazon Root CA 2
Amazon Root CA 3
Amazon Root CA 4
ANF Secure Server Root CA
Atos TrustedRoot 2011
Atos TrustedRoot Root CA ECC TLS 2021
Atos TrustedRoot Root CA RSA TLS 2021
Autoridad de Certificacion Firmaprofesional CIF A62634068
Baltimore CyberTrust Root
BJCA Global Root CA1
BJCA Global Root CA2
Buypass Class 2 Root CA
Buypass Class 3 Root CA
CA Disig Root R2
Certainly Root E1
Certainly Root R1
Certigna
Certigna Root CA
certSIGN ROOT CA
certSIGN ROOT CA G2
Certum EC-384 CA
Certum Trusted Network CA
Certum Trusted Network CA 2
Certum Trusted Root CA
CFCA EV ROOT
Chambers of Commerce Root - 2008
CommScope Public Trust ECC Root-01
CommScope Public Trust ECC Root-02
CommScope Public Trust RSA Root-01
CommScope Public Trust RSA Root-02
COMODO Certification Authority
COMODO ECC Certification Authority
COMODO RSA Certification Authority
Cybertrust Global Root
D-TRUST BR Root CA 1 2020
D-TRUST BR Root CA 2 2023
D-TRUST EV Root CA 1 2020
D-TRUST EV Root CA 2 2023
D-TRUST Root Class 3 CA 2 2009
D-TRUST Root Class 3 CA 2 EV 2009
DigiCert Assured ID Root CA
DigiCert Assured ID Root G2
DigiCert Assured ID Root G3
DigiCert Global Root CA
DigiCert Global Root G2
DigiCert Global Root G3
DigiCert High Assurance EV Root CA
DigiCert TLS ECC P384 Root G5
DigiCert TLS RSA4096 Root G5
DigiCert Trusted Root G4
DST Root CA X3
e-Szigno Root CA 2017
E-Tugra Certification Authority
E-Tugra Global Root CA ECC v3
E-Tugra Global Root CA RSA v3
EC-ACC
emSign ECC Root CA - C3
emSign ECC Root CA - G3
emSign Root CA - C1
emSign Root CA - G1
Entrust Root Certification Authority
Entrust Root Certification Authority - EC1
Entrust Root Certification Authority - G2
Entrust Root Certification Authority - G4
Entrust.net Certification Authority (2048)
ePKI Root Certification Authority
FIRMAPROFESIONAL CA ROOT-A WEB
GDCA TrustAUTH R5 ROOT
GeoTrust Global CA
GeoTrust Primary Certification Authority
Global Chambersign Root - 2008
GlobalSign
GlobalSign Root CA
GlobalSign Root E46
GlobalSign Root R46
GLOBALTRUST 2020
Go Daddy Class 2 Certification Authority
Go Daddy Root Certificate Authority - G2
GTS Root R1
GTS Root R2
GTS Root R3
GTS Root R4
HARICA TLS ECC Root CA 2021
HARICA TLS RSA Root CA 2021
Hellenic Academic and Research Institutions ECC RootCA 2015
Hellenic Academic and Research Institutions RootCA 2015
HiPKI Root CA - G1
Hongkong Post Root CA 1
Hongkong Post Root CA 3
IdenTrust Commercial Root CA 1
IdenTrust Public Sector Root CA 1
ISRG Root X1
ISRG Root X2
Izenpe.com
LuxTrust Global Root 2
Microsec e-Szigno Root CA 2009
Microsoft ECC Root Certificate Authority 2017
Microsoft Root Certificate Authority 2011
Microsoft RSA Root Certificate Authority 2017
NAVER Global Root Certification Authority
NetLock Arany (Class Gold) Főtanúsítvány
Network Solutions Certificate Authority
OISTE WISeKey Global Root GB CA
OISTE WISeKey Global Root GC CA
QuoVadis Root CA 1 G3
QuoVadis Root CA 2
QuoVadis Root CA 2 G3
QuoVadis Root CA 3
QuoVadis Root CA 3 G3
Sectigo Public Server Authentication Root E46
Sectigo Public Server Authentication Root R46
Secure Global CA
SecureSign Root CA12
SecureSign Root CA14
SecureSign Root CA15
SecureSign RootCA11
SecureTrust CA
Security Communication ECC RootCA1
Security Communication RootCA1
Security Communication RootCA2
Security Communication RootCA3
Sonera Class2 CA
SSL.com EV Root Certification Authority ECC
SSL.com EV Root Certification Authority RSA R2
SSL.com Root Certification Authority ECC
SSL.com Root Certification Authority RSA
SSL.com TLS ECC Root CA 2022
SSL.com TLS RSA Root CA 2022
Staat der Nederlanden Root CA - G3
Starfield Class 2 Certification Authority
Starfield Root Certificate Authority - G2
Starfield Services Root Certificate Authority - G2
SwissSign Gold CA - G2
SwissSign Silver CA - G2
SZAFIR ROOT CA2
T-TeleSec GlobalRoot Class 2
T-TeleSec GlobalRoot Class 3
Telekom Security TLS ECC Root 2020
Telekom Security TLS RSA Root 2023
Telia Root CA v2
TeliaSonera Root CA v1
thawte Primary Root CA
TrustAsia Global Root CA G3
TrustAsia Global Root CA G4
TrustCor ECA-1
TrustCor RootCert CA-1
TrustCor RootCert CA-2
Trustwave Global Certification Authority
Trustwave Global ECC P256 Certification Authority
Trustwave Global ECC P384 Certification Authority
TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1
TunTrust Root CA
TWCA CYBER Root CA
TWCA Global Root CA
TWCA Root Certification Authority
UCA Extended Validation Root
UCA Global G2 Root
USERTrust ECC Certification Authority
USERTrust RSA Certification Authority
VeriSign Class 3 Public Primary Certification Authority - G5
VeriSign Universal Root Certification Authority
vTrus ECC Root CA
vTrus Root CA
XRamp Global Certification Authority
"""

PUBLIC_CA_NAMES = frozenset(normalised(line) for line in _NAMES.strip().splitlines())
"""Normalised as RFC 5280 section 7.1 compares."""


def is_public_ca(name: Name | UnreadableName) -> bool:
    """Is this the name of a public root?"""
    if isinstance(name, UnreadableName):
        return False
    label = name.common_name or name.text.partition(",")[0].removeprefix("OU=")
    return _is_public(label) if len(label) <= _LONGEST_CACHED else normalised(label) in PUBLIC_CA_NAMES


@lru_cache(maxsize=4096)
def _is_public(label: str) -> bool:
    """A list of a hundred names comes with every connection to its server."""
    return normalised(label) in PUBLIC_CA_NAMES
