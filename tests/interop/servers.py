"""Servers to test with: ferryd, or one of bench/peers. Each serves `root` and lets one user write there."""
import contextlib
import dataclasses
import os
import pathlib
import urllib.parse

import processes
from serving import PEER_UID, PEERS, free_port, serving


@dataclasses.dataclass(frozen=True)
class Tls:
    """How a connection is protected: "explicit" (AUTH TLS) or "implicit"; what the server wants of data connections."""
    how: str
    data_sessions: str  # "prefer": they may resume the control connection's session; "require": they must
    authority: pathlib.Path | None = None  # the certificate to trust

    def __str__(self):
        return f"{self.how} TLS, data_sessions={self.data_sessions}"


@dataclasses.dataclass
class Server:
    root: pathlib.Path
    port: int
    user: str
    password: str
    name: str
    log: pathlib.Path
    host: str = "127.0.0.1"
    tls: Tls | None = None

    def url(self, path="", *, user=True, scheme=None):
        scheme = scheme or ("ftps" if self.tls and self.tls.how == "implicit" else "ftp")
        who = f"{self.user}:{self.password}@" if user else ""
        return f"{scheme}://{who}{self.host}:{self.port}/" + urllib.parse.quote(path)


@contextlib.contextmanager
def _running(command, server, greeted_at=None, **how):
    with serving(command, server.log, greeted_at or server.port, server.host, **how):
        yield server


def ferryd_between(program, root, work, host, *, fxp=(), authority=None):
    """ferryd at an address of its own, which exchanges files with the networks `fxp`."""
    server = Server(root, free_port(), "alice", "secret", "ferryd", work / "server.log", host)
    secret = processes.run([program, "passwd"], stdin=server.password.encode() + b"\n").decode().strip()
    text = f"""listen = ["{host}:{server.port}"]
[[users]]
name = "{server.user}"
hash = "{secret}"
root = "{root}"
rights = "all"
"""
    if fxp:
        text += f"[[fxp]]\nnetworks = {list(fxp)}\n".replace("'", '"')
    if authority:
        processes.run([program, "cert", host, "--out", work])
        text += f'[tls]\ncertificates = [{{ file = "{work}/cert.pem", key = "{work}/key.pem" }}]\nrequire = "all"\n'
    file = work / "ferryd.toml"
    file.write_text(text)
    return _running([program, "--config", file], server)


def ferryd(program, root, work, tls=None):
    """With a `tls` nothing is taken in the clear, neither a login nor data."""
    server = Server(root, free_port(), "alice", "secret", "ferryd", work / "server.log")
    if tls:
        return _ferryd_with_tls(program, server, work, tls)
    password = work / "password"
    password.write_text(server.password + "\n")
    command = [program, "serve", root, "--listen", server.host, "--port", server.port]
    return _running(command + ["--user", server.user, "--password-file", password, "--anonymous", root], server)


def _ferryd_with_tls(program, server, work, tls):
    clear = server.port if tls.how == "explicit" else free_port()
    processes.run([program, "cert", server.host, "--out", work])
    secret = processes.run([program, "passwd"], stdin=server.password.encode() + b"\n").decode().strip()
    file = work / "ferryd.toml"
    file.write_text(f"""
listen = ["{server.host}:{clear}"]

[tls]
certificates = [{{ file = "{work}/cert.pem", key = "{work}/key.pem" }}]
implicit = {[f"{server.host}:{server.port}"] if tls.how == "implicit" else []}
require = "all"
data_sessions = "{tls.data_sessions}"

[anonymous]
root = "{server.root}"

[[users]]
name = "{server.user}"
hash = "{secret}"
root = "{server.root}"
rights = "all"
""")
    server.tls = dataclasses.replace(tls, authority=work / "cert.pem")
    return _running([program, "--config", file], server, greeted_at=clear)


# What each peer is started from, below build/peers; pyftpdlib is a package of the system's Python.
PROGRAMS = {"vsftpd": "vsftpd", "proftpd": "proftpd-core", "pureftpd": "pure-ftpd", "inetutils": "inetutils-ftpd"}


def why_not(name):
    """Why this peer cannot be started here; None when it can."""
    if os.geteuid() != 0:
        return "it takes root, who may make a mount namespace"
    if name == "pyftpdlib":
        found = processes.subprocess.run(["/usr/bin/python3", "-W", "ignore", "-c", "import pyftpdlib"], stderr=processes.subprocess.DEVNULL)
        return "python3-pyftpdlib is not installed" if found.returncode else None
    if not (PEERS.parents[1] / "build/peers" / PROGRAMS[name]).is_dir():
        return "bench/peers/unpack has not fetched it"
    return None


def peer(name, root, work, **how):
    """A server that bench/peers/unpack fetched; `how`: variables of bench/peers/serve. In a zone of its own: what it
    tells in local time is not UTC."""
    for folder, folders, files in os.walk(root):
        for path in [folder, *(os.path.join(folder, file) for file in files)]:
            os.chown(path, PEER_UID, -1)
    (work / "server").mkdir()
    server = Server(root, free_port(), "benchuser", "benchpass", name, work / "server.log")
    environment = os.environ | {"TZ": "FAR-5:45"} | {key: str(value) for key, value in how.items()}
    return _running([PEERS / "serve", name, server.port, root, work / "server"], server, env=environment)
