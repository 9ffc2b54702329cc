"""Cases, what one of them works with, and how they are run."""
import concurrent.futures
import contextlib
import dataclasses
import importlib
import inspect
import os
import pathlib
import re
import threading
import time
import traceback

import ftp
from ftp import Failed, NotOffered, Skipped, Verdict

MUST, SHOULD, MAY = "must", "should", "may"
PASS, FAIL, NOT_OFFERED, SKIPPED = VERDICTS = "pass", "fail", "not offered", "skipped"
PATIENCE = 6  # seconds for one reply, or one piece of data
CASE_SECONDS = 30

# The files of cases/, in the order in which people read the results.
AREAS = ("control", "login", "parameters", "folders", "files", "names", "ports", "transfers", "restart", "abort", "text",
         "modes", "structures", "listings", "facts", "features", "hosts", "hashes", "extras", "tls", "security")

_cases = []


@dataclasses.dataclass
class Case:
    id: str
    area: str
    section: str
    level: str
    statement: str
    run: callable


def case(id, section, level, statement):
    """Registers a function of one argument, the Bench. The area is the name of its file."""
    def register(function):
        area = inspect.stack()[1].filename
        _cases.append(Case(id, pathlib.Path(area).stem, section, level, statement, function))
        return function
    return register


def load():
    found = {path.stem for path in (pathlib.Path(__file__).parent / "cases").glob("*.py")}
    assert found == set(AREAS), f"cases/ and AREAS differ: {found ^ set(AREAS)}"
    for area in AREAS:
        importlib.import_module("cases." + area)
    ids = [each.id for each in _cases]
    doubled = {id for id in ids if ids.count(id) > 1}
    assert not doubled, f"one id, two cases: {doubled}"
    return _cases


class Keeper:
    """A session beside those of the cases: it prepares their files, looks at them and takes them away. One a thread."""

    def __init__(self, server):
        self.server = server
        self.control = None
        self.home = None

    def _session(self):
        if self.control and len(self.control.trace) < 5000:
            self.control.clock.restart()
            return self.control
        self.drop()
        control = ftp.Control(self.server, ftp.Clock(PATIENCE, CASE_SECONDS), [])
        try:
            control.reply(220)
            if self.server.secure:
                control.secure()
            control.login()
            if self.server.secure:
                control.protect()
            control.expect("TYPE I", 200)
            self.home = quoted(control.expect("PWD", 257))
        except Verdict:
            control.close()
            raise
        self.control = control
        return control

    def drop(self):
        if self.control:
            self.control.close()
        self.control = None

    @contextlib.contextmanager
    def session(self):
        """A session that is in step; one that broke is not used again."""
        try:
            yield self._session()
        except Verdict:
            self.drop()
            raise

    def put(self, path, content):
        with self.session() as control:
            control.upload(b"STOR " + path, content)

    def get(self, path):
        with self.session() as control:
            return control.download(b"RETR " + path)

    def exists(self, path):
        folder, name = path.rsplit(b"/", 1)
        return name in self.names(folder)

    def names(self, folder):
        with self.session() as control:
            control.expect(b"CWD " + folder, 250)
            try:
                data = control.passive()
                if control.ask("NLST").code not in ftp.PRELIMINARY:
                    return set()
                names = data.start().receive_all()
                data.close()
                control.reply("2xx", "4xx")
                names = {name.rsplit(b"/", 1)[-1] for name in names.replace(b"\r\n", b"\n").split(b"\n")}
                return names - {b"", b".", b".."}
            finally:
                control.ask("CWD " + self.home)

    def remove(self, path, depth=0):
        """A file, or a folder with all that can be seen in it. True when it is gone."""
        with self.session() as control:
            if control.ask(b"DELE " + path).code == 250 or control.ask(b"RMD " + path).code == 250:
                return True
            if depth > 30 or control.ask(b"CWD " + path).code != 250:
                return False
            control.ask("CWD " + self.home)
        for name in self.names(path):
            self.remove(path + b"/" + name, depth + 1)
        with self.session() as control:
            return control.ask(b"RMD " + path).code == 250


def quoted(answer):
    """The path of a 257 reply (RFC 959 appendix II)."""
    found = re.match(r'257[ -]"((?:[^"]|"")*)"', answer.text)
    if not found:
        raise Failed(f'no "path" in: {answer}')
    return found[1].replace('""', '"')


def as_bytes(path):
    return path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape")


class Bench:
    """What a case works with: a folder of its own on the server, sessions, and a second pair of eyes."""

    def __init__(self, server, keeper, name, control, most_patience):
        self.server, self._keeper, self._name, self._control = server, keeper, name, control
        self.clock = ftp.Clock(PATIENCE, CASE_SECONDS, most_patience)
        self.trace = []
        self._sessions = []
        self._made = []
        self._folder = None
        self.left_behind = None

    # --- sessions ----------------------------------------------------------------------------------------------------

    def connect(self, greeting=True, **how):
        """A control connection; with `greeting`, past its 220."""
        control = self._control(self.server, self.clock, self.trace, **how)
        self._sessions.append(control)
        if greeting:
            with control.preparing():
                control.reply(220)
        return control

    def login(self, **how):
        """A session that is logged in, in the folder of the case, with nothing else said yet."""
        return self._session(self.server.secure, (), **how)

    def image(self, **how):
        return self._session(self.server.secure, ("TYPE I",), **how)

    def secure(self):
        """As image(), under TLS whatever the run says."""
        return self._session(True, ("TYPE I",))

    def _session(self, secure, settings, **how):
        folder = self.folder
        control = self.connect(**how)
        with control.preparing():
            if secure:
                control.secure()
            control.login()
            if secure:
                control.protect()
            control.expect("CWD " + folder, 250)
            for line in settings:
                control.expect(line, 200)
        return control

    def in_the_clear(self):
        """Some cases need the bytes themselves, which a run under TLS does not have."""
        if self.server.secure:
            raise Skipped("needs a clear control connection")

    # --- files -------------------------------------------------------------------------------------------------------

    @property
    def folder(self):
        """The folder of the case, as an absolute path; made when first asked for."""
        if not self._folder:
            with self._keeper.session() as control:
                path = self._keeper.home.rstrip("/") + "/" + self._name
                control.expect("MKD " + path, 257)
                self._folder = path
        return self._folder

    def path(self, name):
        """Of a file in the folder of the case: absolute, in bytes."""
        return self.folder.encode() + b"/" + as_bytes(name)

    def will_make(self, name):
        """So that it is removed in the end, also where no listing shows it."""
        self._made.append(self.path(name))
        return name

    def put(self, name, content=b"content\n"):
        """A file that is there already, byte for byte."""
        self._keeper.put(self.path(self.will_make(name)), content)
        return name

    def get(self, name):
        """A file as it now lies there, byte for byte."""
        return self._keeper.get(self.path(name))

    def exists(self, name):
        return self._keeper.exists(self.path(name))

    def mkdir(self, name):
        with self._keeper.session() as control:
            control.expect(b"MKD " + self.path(self.will_make(name)), 257)
        return name

    def names(self, name="."):
        return sorted(self._keeper.names(self.path(name)))

    # --- words -------------------------------------------------------------------------------------------------------

    @staticmethod
    def equal(wanted, got, what):
        if wanted != got:
            raise Failed(f"{what}: expected {_short(wanted)}, got {_short(got)}" + _where(wanted, got))

    @staticmethod
    def true(condition, what):
        if not condition:
            raise Failed(what)

    def end(self):
        for control in self._sessions:
            control.close()
        if not self._folder:
            return
        try:
            for path in reversed(self._made):
                with self._keeper.session() as control:
                    if control.ask(b"DELE " + path).code != 250:
                        control.ask(b"RMD " + path)
            if not self._keeper.remove(self._folder.encode()):
                self.left_behind = self._folder
        except Verdict:
            self.left_behind = self._folder


def _short(value):
    return ftp.shown(value, 80) if isinstance(value, bytes) else repr(value)[:400]


def _where(wanted, got):
    if not isinstance(wanted, bytes) or not isinstance(got, bytes):
        return ""
    at = next((at for at, pair in enumerate(zip(wanted, got)) if pair[0] != pair[1]), min(len(wanted), len(got)))
    return (f" ({len(wanted)} and {len(got)} bytes, apart from byte {at}: {ftp.shown(wanted[at:at + 12])} and "
            f"{ftp.shown(got[at:at + 12])})")


@dataclasses.dataclass
class Result:
    case: Case
    verdict: str
    detail: str
    dialogue: list
    seconds: float
    left_behind: str = None


class Run:
    """All chosen cases against one server. `control` is the kind of control connection that they get, `most_patience` the
    longest that they wait for anything."""

    def __init__(self, server, jobs=4, control=ftp.Control, most_patience=float("inf")):
        self.server, self.jobs = server, jobs
        self._control, self._most_patience = control, most_patience
        self._mine = threading.local()
        self._keepers = []
        self._tag = f"conformance-{os.getpid()}-{int(time.time()) % 100000}"

    def _keeper(self):
        if not hasattr(self._mine, "keeper"):
            self._mine.keeper = Keeper(self.server)
            self._keepers.append(self._mine.keeper)
        return self._mine.keeper

    def one(self, chosen):
        bench = Bench(self.server, self._keeper(), f"{self._tag}-{chosen.id}", self._control, self._most_patience)
        begin = time.monotonic()
        try:
            chosen.run(bench)
            verdict, detail = PASS, ""
        except NotOffered as why:
            verdict, detail = NOT_OFFERED, str(why)
        except Skipped as why:
            verdict, detail = SKIPPED, str(why)
        except Verdict as why:
            verdict, detail = FAIL, str(why)
        except Exception:
            verdict, detail = FAIL, "the case itself broke:\n" + traceback.format_exc()
        seconds = time.monotonic() - begin
        bench.end()
        return Result(chosen, verdict, detail, bench.trace, seconds, bench.left_behind)

    def all(self, cases, told=lambda result: None):
        """Results in the order of the cases; `told` hears of each as it is done."""
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(self.one, each) for each in cases]
            for future in concurrent.futures.as_completed(futures):
                told(future.result())
        for keeper in self._keepers:
            keeper.drop()
        return [future.result() for future in futures]
