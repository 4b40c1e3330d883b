"""The certificates for a Dask scheduler elsewhere: whatever is wrong with them is said in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from gru_core.engine import Engine
from gru_core.engine.certificates import Certificates, TlsFiles
from gru_core.errors import EngineUnavailableError
from tests.waiting import PATIENCE


def written(folder: Path, certificates: Certificates) -> TlsFiles:
    """The certificates as files in `folder`."""
    files = TlsFiles(*(str(folder / name) for name in ("ca.pem", "cert.pem", "key.pem")))
    Path(files.ca).write_text(certificates.authority)
    Path(files.cert).write_text(certificates.certificate)
    Path(files.key).write_text(certificates.key)
    return files


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return written(tmp_path, Certificates.temporary())


def test_good_files_are_used(files: TlsFiles) -> None:
    certificates = files.certificates("tls://host:8786")
    assert certificates == Certificates(files.ca, files.cert, files.key)
    assert certificates is not None
    assert certificates.security().require_encryption


def locked(files: TlsFiles) -> TlsFiles:
    """The files with a key that has a password."""
    key = serialization.load_pem_private_key(Path(files.key).read_bytes(), None)
    Path(files.key).write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return files


def with_text(name: str, text: str) -> Callable[[TlsFiles], TlsFiles]:
    def change(files: TlsFiles) -> TlsFiles:
        Path(getattr(files, name)).write_text(text)
        return files

    return change


def with_key_of_another(files: TlsFiles) -> TlsFiles:
    Path(files.key).write_text(Certificates.temporary().key)
    return files


WRONG: list[tuple[Callable[[TlsFiles], TlsFiles], str]] = [
    (lambda files: TlsFiles(), "GRU_LAB_TLS_CA is not set"),
    (lambda files: replace(files, cert=""), "GRU_LAB_TLS_CERT is not set"),
    (lambda files: replace(files, key=""), "GRU_LAB_TLS_KEY is not set"),
    (
        lambda files: replace(files, ca=files.ca + "x"),
        r"file in GRU_LAB_TLS_CA cannot be read \(No such file",
    ),
    (
        lambda files: replace(files, key=str(Path(files.key).parent)),
        r"file in GRU_LAB_TLS_KEY cannot be read \(Is a directory",
    ),
    (with_text("ca", ""), "GRU_LAB_TLS_CA is not a certificate in PEM format"),
    (with_text("ca", "hello"), "GRU_LAB_TLS_CA is not a certificate in PEM format"),
    (with_text("cert", "\0\xff" * 50), "GRU_LAB_TLS_CERT is not a certificate in PEM format"),
    (
        with_text("cert", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        "GRU_LAB_TLS_CERT is not a certificate in PEM format",
    ),
    (with_text("key", "hello"), "GRU_LAB_TLS_KEY is not the private key of GRU_LAB_TLS_CERT"),
    (with_key_of_another, "GRU_LAB_TLS_KEY is not the private key of GRU_LAB_TLS_CERT"),
    (locked, "the key in GRU_LAB_TLS_KEY has a password"),
]


@pytest.mark.parametrize(("change", "words"), WRONG, ids=[words for _, words in WRONG])
def test_files_that_cannot_be_used_are_named(
    change: Callable[[TlsFiles], TlsFiles], words: str, files: TlsFiles
) -> None:
    with pytest.raises(EngineUnavailableError, match=words):
        change(files).certificates("tls://host:8786")


def test_a_file_that_may_not_be_read_is_named(
    files: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests may run as root, who may read every file. So the refusal is made here."""

    def refuse(path: str, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(EngineUnavailableError, match=r"GRU_LAB_TLS_CA cannot be read \(Permission"):
        files.certificates("tls://host:8786")


@pytest.mark.parametrize("address", ["host:8786", "host", "http://host:8786", "tls:host", ""])
def test_an_address_says_whether_it_uses_certificates(address: str, files: TlsFiles) -> None:
    with pytest.raises(EngineUnavailableError, match="must begin with tls://, or with tcp://"):
        files.certificates(address)


def test_certificates_are_not_dropped_without_a_word(files: TlsFiles) -> None:
    with pytest.raises(EngineUnavailableError, match="GRU_LAB_TLS_CA is set, but the address"):
        files.certificates("tcp://host:8786")
    assert TlsFiles().certificates("tcp://host:8786") is None


def test_renewed_files_are_used_at_the_next_connection(files: TlsFiles, tmp_path: Path) -> None:
    Path(files.key).write_text("hello")
    with pytest.raises(EngineUnavailableError):
        files.certificates("tls://host:8786")
    written(tmp_path, Certificates.temporary())
    assert files.certificates("tls://host:8786") is not None


def test_the_user_reads_what_is_wrong(files: TlsFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in vars(files).items():
        monkeypatch.setenv(f"GRU_LAB_TLS_{name.upper()}", path)
    monkeypatch.setenv("GRU_LAB_SCHEDULER", "tls://host:8786")
    Path(files.cert).unlink()
    engine = Engine.from_environment().start()
    assert not engine.wait_ready(PATIENCE)
    assert "at tls://host:8786 cannot be reached: the file in GRU_LAB_TLS_CERT" in engine.trouble
    assert "Ask whoever runs this server" in engine.trouble
    engine.close()


def test_an_unprotected_scheduler_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    for address in (None, "tls://host:8786"):
        Engine(address)
    assert caplog.text == ""
    Engine("tcp://host:8786")
    (line,) = caplog.messages
    assert "tcp://host:8786 is not protected" in line
