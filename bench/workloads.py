"""What is measured. A workload runs the load generator once against a server and returns its measures by name."""
import dataclasses
import subprocess
import time
from collections.abc import Callable

import served_tree
import servers

GB = 1e9
STOR_BYTES = 2 << 30
SPLIT, SAME = "split", "same"  # server and client on a processor each, or both on one: then wake-ups cost nothing


@dataclasses.dataclass
class Measure:
    key: str
    unit: str
    factor: float = 1  # from what the workload returns to the unit


@dataclasses.dataclass
class Workload:
    title: str
    measures: list[Measure]
    run: Callable  # (server, client) -> dict
    needs: list[str] = dataclasses.field(default_factory=list)  # parts of the served tree
    processors: str = SPLIT
    tls: bool = False
    wide: bool = False
    repetitions: int | None = None  # 1 where one takes long, or finds a server that already holds what it would measure


class Failed(Exception):
    pass


class Client:
    """Runs the load generator and counts, from its START mark on, what the server spent meanwhile."""

    def __init__(self, program, cpu):
        self.command = ["taskset", "--cpu-list", str(cpu), program]

    def start(self, server, mode, anonymous, **options):
        user = ["-", "-"] if anonymous else [servers.USER, servers.PASSWORD]
        words = [f"{key}={value}" for key, value in (options | {"tls": int(server.tls)}).items()]
        return subprocess.Popen([*self.command, "127.0.0.1", str(server.port), *user, mode, *words], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, server, mode, *, anonymous=False, marks=True, **options):
        process = self.start(server, mode, anonymous, **options)
        if marks:
            process.stderr.readline()
        before = Spent(server)
        out, _ = process.communicate(timeout=300)
        return before.until_now(parse(out))

    def look(self, server, mode, look, **options):
        """For the modes that hold still when they are done: `look(result)` adds to the result while they do."""
        before = Spent(server)
        process = self.start(server, mode, True, **options)
        result = before.until_now(parse(process.stdout.readline()))
        look(result)
        out, _ = process.communicate(timeout=120)
        return result | parse(out, check=False)


class Spent:
    def __init__(self, server):
        self.server = server
        self.begin, self.cpu, self.busy = time.monotonic(), server.cgroup.cpu_seconds(), servers.busy_seconds()

    def until_now(self, result):
        time.sleep(0.01)  # the last session may still be ending
        cpu, seconds = self.server.cgroup.cpu_seconds() - self.cpu, time.monotonic() - self.begin
        others = servers.busy_seconds() - self.busy - cpu - result["client_cpu"]
        return result | {"cpu": cpu, "noise": max(0, others / 2 / seconds) if seconds > 0.05 else 0}


def parse(line, *, check=True):
    result = {}
    for word in line.split():
        key, _, value = word.partition("=")
        try:
            result[key] = float(value)
        except ValueError:
            result[key] = value
    if check and (result.get("fail", 1) or not result.get("ok")):
        raise Failed(result.get("err", "the load generator failed"))
    return result


def download(path, size, *, sessions=1, kind="I", **options):
    def run(server, client):
        result = client.run(server, "retr", path=path, size=size, sessions=sessions, type=kind, **options)
        total = size * sessions / GB
        return result | {"gb_s": total / result["secs"], "cpu_gb": result["cpu"] / total}

    return run


def upload(server, client):
    result = client.run(server, "stor", dir="incoming", size=STOR_BYTES)
    served_tree.clear_incoming(server.root)
    total = STOR_BYTES / GB
    return result | {"gb_s": total / result["secs"], "cpu_gb": result["cpu"] / total}


def login(count, at_once, *, anonymous):
    def run(server, client):
        result = client.run(server, "login", anonymous=anonymous, marks=False, n=count, conc=at_once)
        return result | {"cpu_each": result["cpu"] / result["ok"]}

    return run


def small_files(mode, sessions, count):
    def run(server, client):
        where = {"path": "small/f%04d"} if mode == "smallget" else {"dir": "incoming"}
        result = client.run(server, mode, size=1024, sessions=sessions, n=count, **where)
        served_tree.clear_incoming(server.root)
        return result | {"cpu_each": result["cpu"] / result["ok"]}

    return run


def listing(command):
    def run(server, client):
        def look(result):
            result["peak"] = server.memory()["peak"]

        return client.look(server, "list", look, command=command, path="list100k")

    return run


def idle(count, seconds):
    def run(server, client):
        before, kernel_before = server.memory(), servers.kernel_memory()

        def look(result):
            time.sleep(0.3)
            now, opened = server.memory(), result["ok"]
            result["pss"] = (now["pss"] - before["pss"]) / opened
            result["processes"] = (now["processes"] - before["processes"]) / opened
            result["kernel"] = (servers.kernel_memory() - kernel_before) / opened
            result["cpu_each"] = result["cpu"] / opened

        result = client.look(server, "idle", look, n=count, conc=16, seconds=seconds, memory=3000, timeout=30)
        for _ in range(100):  # the next one shall find an empty server
            if server.memory()["processes"] <= before["processes"] + 2:
                break
            time.sleep(0.2)
        return result

    return run


BULK = [Measure("gb_s", "GB/s"), Measure("cpu_gb", "CPU s/GB")]
LOGINS = [Measure("rate", "logins/s"), Measure("cpu_each", "CPU ms/login", 1e3)]
FILES = [Measure("rate", "files/s"), Measure("cpu_each", "CPU µs/file", 1e6), Measure("p99us", "p99 µs")]
LISTING = [Measure("ttfb", "first byte ms", 1e3), Measure("secs", "ms", 1e3), Measure("cpu", "CPU ms", 1e3),
           Measure("peak", "peak MiB", 1 / 1024)]
IDLE = [Measure("ok", "sessions"), Measure("pss", "KiB/session"), Measure("kernel", "kernel KiB/session"),
        Measure("processes", "processes/session"), Measure("rate", "opened/s"), Measure("cpu_each", "CPU ms/session", 1e3)]
AES256 = {"suite": "TLS_AES_256_GCM_SHA384"}

WORKLOADS = {
    "W1": Workload("RETR 4 GiB", BULK, download("big4g", served_tree.BIG), ["big4g"]),
    "W2": Workload("STOR 2 GiB", BULK, upload, ["incoming"]),
    "W3": Workload("RETR 8 × 4 GiB", BULK, download("big4g", served_tree.BIG, sessions=8), ["big4g"]),
    "W4": Workload("RETR 4 GiB, TLS 1.3, AES-128", BULK, download("big4g", served_tree.BIG), ["big4g"], tls=True),
    "W4b": Workload("RETR 4 GiB, TLS 1.3, AES-256", BULK, download("big4g", served_tree.BIG, **AES256), ["big4g"], tls=True),
    "W5a": Workload("anonymous logins, one by one", LOGINS, login(400, 1, anonymous=True), processors=SAME),
    "W5c": Workload("anonymous logins, 32 at a time", LOGINS, login(640, 32, anonymous=True), processors=SAME),
    "W5u": Workload("logins with a password", LOGINS, login(40, 1, anonymous=False), processors=SAME),
    "W6": Workload("RETR 2,000 × 1 KiB", FILES, small_files("smallget", 1, 2000), ["small", "incoming"], SAME),
    "W6c": Workload("RETR 8 × 2,000 × 1 KiB", FILES, small_files("smallget", 8, 2000), ["small", "incoming"], SAME),
    "W7": Workload("STOR 2,000 × 1 KiB", FILES, small_files("smallput", 1, 2000), ["incoming"], SAME),
    "W7c": Workload("STOR 8 × 1,000 × 1 KiB", FILES, small_files("smallput", 8, 1000), ["incoming"], SAME),
    "W8l": Workload("LIST of 100,000", LISTING, listing("LIST"), ["list100k"]),
    "W8m": Workload("MLSD of 100,000", LISTING, listing("MLSD"), ["list100k"]),
    "W8n": Workload("NLST of 100,000", LISTING, listing("NLST"), ["list100k"]),
    "W9": Workload("1,000 idle sessions", IDLE, idle(1000, 90), wide=True, repetitions=1),
    "W10": Workload("RETR 512 MiB of text, TYPE A", BULK, download("text512m", served_tree.TEXT, kind="A"), ["text512m"]),
    "W11": Workload("10,000 idle sessions", IDLE, idle(10_000, 150), wide=True, repetitions=1),
}
