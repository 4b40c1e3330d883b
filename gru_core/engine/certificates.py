"""`Certificates`: the secret that keeps strangers away from Dask.

A program that can talk to Dask can run code in its processes. So both sides of a connection show a
certificate (TLS). Each side takes only a certificate that its authority has signed. Between such
processes, Dask sends functions and errors as pickles. This package itself sends data.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from gru_core.errors import EngineUnavailableError
from gru_core.wording import short_repr

__all__ = ["Certificates", "TlsFiles"]

#: The environment variables with the paths of `TlsFiles`.
_VARIABLES = ("GRU_LAB_TLS_CA", "GRU_LAB_TLS_CERT", "GRU_LAB_TLS_KEY")


@dataclass(frozen=True, repr=False)
class Certificates:
    """The certificates of one process. Each value is PEM text, or the path of a PEM file.

    Attributes:
        authority: the certificate that has signed those of all processes.
        certificate: the one that this process shows.
        key: its private key. It is the secret, so it is never printed.
    """

    authority: str
    certificate: str
    key: str

    @classmethod
    def temporary(cls) -> Certificates:
        """A new pair of certificate and key, for processes that get them through a pipe.

        The certificate is its own authority. It never expires, so the clock of the machine may be
        wrong. A key on an elliptic curve is made in a millisecond; one of RSA takes up to a second.
        """
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gru-lab")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.datetime(1970, 1, 1))
            .not_valid_after(datetime.datetime(9999, 12, 31, 23, 59, 59))
            .sign(key, hashes.SHA256())
        )
        shown = certificate.public_bytes(serialization.Encoding.PEM).decode()
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        return cls(shown, shown, secret)

    def security(self) -> Any:
        """These certificates for Dask, in whatever role.

        The `ssl` module reads keys from files only. So Dask writes PEM text to a folder that only
        this user can open, and deletes it at once.
        """
        from distributed.security import Security

        roles = ("client", "scheduler", "worker")
        return Security(
            require_encryption=True,
            tls_ca_file=self.authority,
            **{f"tls_{role}_cert": self.certificate for role in roles},
            **{f"tls_{role}_key": self.key for role in roles},
        )


@dataclass(frozen=True)
class TlsFiles:
    """The paths of the PEM files for a Dask scheduler elsewhere; empty if they are not given.

    Attributes:
        ca: the certificate of the authority, from GRU_LAB_TLS_CA.
        cert: the certificate of this server, from GRU_LAB_TLS_CERT.
        key: its private key, from GRU_LAB_TLS_KEY.
    """

    ca: str = ""
    cert: str = ""
    key: str = ""

    __repr__ = short_repr

    @classmethod
    def from_environment(cls) -> TlsFiles:
        """The paths from the environment."""
        return cls(*(os.environ.get(variable, "") for variable in _VARIABLES))

    def certificates(self, scheduler: str) -> Certificates | None:
        """The certificates for the address `scheduler`. None if it begins with `tcp://`.

        The files are read at each call. So they may be renewed while the server runs.

        Raises:
            EngineUnavailableError: the address begins with something else, a file is missing or
                cannot be used, or the files do not fit the address or each other.
        """
        protocol = scheduler.partition("://")[0] if "://" in scheduler else ""
        given = dict(zip(_VARIABLES, (self.ca, self.cert, self.key), strict=True))
        if protocol == "tcp":
            for variable, path in given.items():
                if path:
                    raise EngineUnavailableError(
                        f"{variable} is set, but the address begins with tcp://. Only an address "
                        "that begins with tls:// uses certificates"
                    )
            return None
        if protocol != "tls":
            raise EngineUnavailableError(
                "this address is not valid. It must begin with tls://, or with tcp:// on a network "
                "where you trust everyone"
            )
        for variable, path in given.items():
            _check_readable(variable, path)
        self._check_together()
        return Certificates(self.ca, self.cert, self.key)

    def _check_together(self) -> None:
        """Load the files as Dask will do it, to find out which of them is wrong."""

        def no_password() -> NoReturn:  # without this, OpenSSL would wait for somebody to type it
            raise EngineUnavailableError(
                "the key in GRU_LAB_TLS_KEY has a password. Only a key without one can be used"
            )

        with _named("GRU_LAB_TLS_CA is not a certificate in PEM format"):
            context = ssl.create_default_context(cafile=self.ca)
        with _named("GRU_LAB_TLS_CERT is not a certificate in PEM format"):
            ssl.create_default_context(cafile=self.cert)
        with _named("GRU_LAB_TLS_KEY is not the private key of GRU_LAB_TLS_CERT, in PEM format"):
            context.load_cert_chain(self.cert, self.key, no_password)


def _check_readable(variable: str, path: str) -> None:
    if not path:
        raise EngineUnavailableError(
            f"its address begins with tls://, but {variable} is not set. It must name a PEM file"
        )
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise EngineUnavailableError(
            f"the file in {variable} cannot be read ({error.strerror})"
        ) from error


@contextlib.contextmanager
def _named(problem: str) -> Iterator[None]:
    """Give an error of OpenSSL, which has no words for the user, the words `problem`."""
    try:
        yield
    except (ssl.SSLError, ValueError) as error:
        raise EngineUnavailableError(f"the file in {problem}") from error
