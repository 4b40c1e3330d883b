"""Other users of this machine can reach the ports of the pool, but nothing answers them.

They must not be able to run code in the pool, in its workers or in the web process.
"""

from __future__ import annotations

import ast
import datetime
import pickle
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from cryptography import x509
from distributed import Client
from distributed.protocol import pickle as dask_pickle

import gru_core
from gru_core.engine import Engine
from gru_core.engine.certificates import Certificates
from gru_core.experiment.experiment import Experiment
from tests.processes import forker_of, workers_of
from tests.waiting import ended

#: Seconds. A port that does not refuse within them says nothing at all.
LONG_ENOUGH = 10.0


def processes(engine: Engine) -> list[psutil.Process]:
    """The pool and its workers."""
    assert engine.dispatcher.cluster.pool is not None
    pool = psutil.Process(engine.dispatcher.cluster.pool.pid)
    return [pool, *pool.children(recursive=True)]


def listening(engine: Engine) -> list[Any]:
    """The addresses on which the pool and its workers listen."""
    return [
        connection.laddr
        for process in processes(engine)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]


def answer_to(port: int, question: bytes) -> bytes:
    """What the port sends to somebody who opens a plain connection and sends `question`."""
    with socket.create_connection(("127.0.0.1", port), LONG_ENOUGH) as plain:
        plain.sendall(question)
        try:
            return plain.recv(1000)
        except ConnectionResetError:
            return b""


def is_http(port: int) -> bool:
    return answer_to(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1")


@pytest.fixture
def dask_ports(engine: Engine) -> list[int]:
    """The ports where Dask talks: one of the scheduler, and of each worker and its nanny."""
    found = [address.port for address in listening(engine) if not is_http(address.port)]
    assert len(found) == 1 + 2 * 2
    return found


def test_the_pool_listens_on_the_loopback_only(engine: Engine) -> None:
    assert {address.ip for address in listening(engine)} == {"127.0.0.1"}
    mine = psutil.Process().net_connections("inet")
    assert not any(connection.status == psutil.CONN_LISTEN for connection in mine)


def test_the_ports_of_http_have_no_page(engine: Engine) -> None:
    for address in listening(engine):
        if is_http(address.port):
            for path in (
                "/",
                "/health",
                "/metrics",
                "/json/counts.json",
                "/info/main/workers.html",
            ):
                asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
                assert answer_to(address.port, asked).startswith(b"HTTP/1.1 404"), path


def test_a_plain_connection_is_told_nothing(dask_ports: list[int]) -> None:
    for port in dask_ports:  # Dask without TLS sends its greeting to everyone
        told = answer_to(port, b"\0" * 100)
        assert told[:1] in (b"", b"\x15"), told  # nothing, or the alert that this is not TLS


def stranger(certificates: Certificates | None, folder: Path) -> ssl.SSLContext:
    """TLS that trusts everyone, with these certificates or without any."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificates is not None:
        (folder / "shown.pem").write_text(certificates.certificate)
        (folder / "key.pem").write_text(certificates.key)
        context.load_cert_chain(folder / "shown.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize("own", [False, True])
def test_nobody_gets_in_without_the_certificate(
    own: bool, dask_ports: list[int], tmp_path: Path
) -> None:
    context = stranger(Certificates.temporary() if own else None, tmp_path)
    for port in dask_ports:
        with (
            socket.create_connection(("127.0.0.1", port), LONG_ENOUGH) as plain,
            pytest.raises((ssl.SSLError, ConnectionResetError), match=r"(?i)alert|reset"),
            context.wrap_socket(plain) as inside,
        ):
            inside.recv(1000)  # the refusal comes after the greeting


def test_the_certificate_opens_every_port(
    engine: Engine, dask_ports: list[int], tmp_path: Path
) -> None:
    """So the refusals above are not those of ports that answer nobody."""
    assert engine.dispatcher.cluster.certificates is not None
    context = stranger(engine.dispatcher.cluster.certificates, tmp_path)
    for port in dask_ports:
        with (
            socket.create_connection(("127.0.0.1", port), LONG_ENOUGH) as plain,
            context.wrap_socket(plain) as inside,
        ):
            assert inside.recv(1000)


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_a_client_of_dask_is_refused(engine: Engine, protocol: str) -> None:
    address = engine.dispatcher.cluster.client.scheduler.address
    security = Certificates.temporary().security() if protocol == "tls" else None
    with pytest.raises(OSError):  # noqa: PT011  the kind depends on who closes first
        Client(address.replace("tls", protocol), security=security, timeout=2)


def test_the_key_is_in_no_place_that_others_can_read(engine: Engine) -> None:
    certificates = engine.dispatcher.cluster.certificates
    assert certificates is not None
    secret = certificates.key.splitlines()[1]
    assert secret not in repr(certificates)
    for process in [psutil.Process(), *processes(engine)]:
        assert secret not in " ".join(process.cmdline())
        assert secret not in str(process.environ())
    client = engine.dispatcher.cluster.client
    folders = client.run(lambda dask_worker: dask_worker.local_directory)
    for folder in map(Path, folders.values()):
        private = folder.parents[1]
        assert private.name.startswith("gru-lab-")
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        for file in private.rglob("*"):
            assert file.is_dir() or secret not in file.read_text(errors="replace")


def test_workers_are_forks_of_a_process_without_other_threads(engine: Engine) -> None:
    """A fork of a process with threads could wait for ever for a lock that one of them holds.

    One thread is allowed: that of the allocator jemalloc, which prepares itself for a fork.
    """
    assert engine.dispatcher.cluster.pool is not None
    pool = engine.dispatcher.cluster.pool.pid
    assert len(workers_of(pool)) == 2
    threads = Path(f"/proc/{forker_of(pool).pid}/task").glob("*/comm")
    names = [thread.read_text().strip() for thread in threads]
    assert len([name for name in names if not name.startswith("jemalloc")]) == 1


def test_the_certificate_is_valid_whatever_the_clock_says() -> None:
    made = x509.load_pem_x509_certificate(Certificates.temporary().certificate.encode())
    assert made.not_valid_before_utc.year == 1970
    assert made.not_valid_after_utc > datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)


def test_each_pool_has_its_own_secret() -> None:
    assert Certificates.temporary().key != Certificates.temporary().key


# -- messages are data -----------------------------------------------------------------------------


class Trap:
    """Whoever unpickles it has run its code."""

    sprung = False

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (Trap, "sprung", True)


@pytest.fixture(autouse=True)
def _untouched() -> Iterator[None]:
    Trap.sprung = False
    yield
    assert not Trap.sprung


def test_what_a_worker_tells_is_never_unpickled(
    engine: Engine, quick: Experiment, caplog: pytest.LogCaptureFixture, eventually: Any
) -> None:
    cluster = engine.dispatcher.cluster
    ended(engine.submit(quick, owner="first"), "finished")  # it subscribes to the topic
    for message in (pickle.dumps(("job", "attempt", "worker", [Trap()])), b"", b"\0" * 99, "text"):
        cluster.client.log_event(cluster.topic, message)
    eventually(lambda: caplog.text.count("a message of a worker is ignored") == 4, "four warnings")
    ended(engine.submit(quick, owner="second"), "finished")


def test_what_a_worker_answers_is_never_unpickled(
    engine: Engine, quick: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask unpickles what type an answer has. It is bytes, and Dask makes nothing else of them."""
    opened: list[Any] = []
    loads = dask_pickle.loads

    def note(*data: Any, **options: Any) -> Any:
        opened.append(loads(*data, **options))
        return opened[-1]

    monkeypatch.setattr(dask_pickle, "loads", note)
    ended(engine.submit(quick, owner="me"), "finished")
    assert opened == [bytes]


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_nothing_in_the_package_uses_pickles() -> None:
    for path in Path(gru_core.__file__).parent.rglob("*.py"):
        assert not imports(path) & {"pickle", "cloudpickle", "dill", "shelve", "marshal"}, path


def test_the_engine_measures_time_by_a_clock_that_never_jumps() -> None:
    """`time.time` jumps when somebody sets the clock of the machine."""
    for path in (Path(gru_core.__file__).parent / "engine").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                asked = f"{ast.unparse(node.value)}.{node.attr}"
                assert asked not in ("time.time", "datetime.now", "datetime.datetime.now"), path
