"""Clients under measurement: ferry and others do the same work, in turn, with one server."""
import dataclasses
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

import served_tree
import servers
from workloads import GB, SAME, SPLIT, Measure

HERE = pathlib.Path(__file__).resolve().parent
LINK_PORTS = "21100-21299"
FAR = "127.0.0.2"
LONGEST = 300  # seconds that a client may take
PATIENCE = 3  # attempts at a quiet one
QUIET_ENOUGH = 0.15

LFTP = "set ftp:ssl-allow no; set net:max-retries 2; set cmd:fail-exit yes; {}; quit"


def curl(path):
    return lambda at: ["curl", "-s", "-o", at.into / "file", f"ftp://{servers.USER}:{servers.PASSWORD}@{at.host}:{at.port}/{path}"]


def lftp(what):
    return lambda at: ["lftp", "-u", f"{servers.USER},{servers.PASSWORD}", "-p", str(at.port), at.host, "-e", LFTP.format(what.format(into=at.into))]


def ferry(command, path, *options):
    def line(at):
        target = ["-o", at.into / "file"] if command == "get" else [at.into]
        url = f"ftp://{servers.USER}@{at.host}:{at.port}/{path}"
        return [at.ferry, command, "--quiet", "--tls=off", "--verify=size", *options, url, *target]

    return line


def big():
    return {"ferry": ferry("get", "big4g"), "curl": curl("big4g"), "lftp": lftp("get big4g -o {into}/file")}


def mirror(tree, connections, *options):
    return {"ferry": ferry("mirror", f"{tree}/", "-j", str(connections), *options),
            "lftp": lftp(f"mirror --parallel={connections} /{tree} {{into}}")}


@dataclasses.dataclass
class Job:
    title: str
    server: str
    clients: dict  # by name: from an At to a command line
    files: int
    size: int  # bytes of each
    needs: list
    processors: str | None = SAME
    delay: int = 0  # milliseconds, each way

    @property
    def measures(self):
        if self.files == 1:
            return [Measure("gb_s", "GB/s"), Measure("cpu_gb", "client CPU s/GB")]
        return [Measure("rate", "files/s"), Measure("cpu_each", "client CPU µs/file", 1e6)]


@dataclasses.dataclass
class At:
    ferry: pathlib.Path
    host: str
    port: int
    into: pathlib.Path


KIB = 1024
JOBS = {
    "C1": Job("get 4 GiB from vsftpd", "vsftpd", big(), 1, served_tree.BIG, ["big4g"], SPLIT),
    "C1f": Job("get 4 GiB from ferryd", "ferryd", big(), 1, served_tree.BIG, ["big4g"], SPLIT),
    "C2": Job("mirror 10,000 × 1 KiB from vsftpd, 8 connections", "vsftpd", mirror("tree10k", 8), 10_000, KIB, ["tree10k"]),
    "C2s": Job("the same, 1 connection", "vsftpd", mirror("tree10k", 1), 10_000, KIB, ["tree10k"]),
    "C2f": Job("the same from ferryd, 8 connections", "ferryd", mirror("tree10k", 8), 10_000, KIB, ["tree10k"]),
    "C2m": Job("the same in stream mode", "ferryd", mirror("tree10k", 8, "--mode=stream"), 10_000, KIB, ["tree10k"]),
    "C2fs": Job("mirror 10,000 × 1 KiB from ferryd, 1 connection", "ferryd", mirror("tree10k", 1), 10_000, KIB, ["tree10k"]),
    "C3": Job("mirror 1,000 × 1 KiB from vsftpd, 20 ms away, 8 connections", "vsftpd", mirror("tree1k", 8), 1000, KIB,
              ["tree1k"], None, 10),
    "C3f": Job("the same from ferryd", "ferryd", mirror("tree1k", 8), 1000, KIB, ["tree1k"], None, 10),
}


class Link:
    """A road to the server that takes time, none when `delay` is 0."""

    def __init__(self, delay, port):
        self.process = None
        if delay:
            self.process = subprocess.Popen([sys.executable, HERE / "delay.py", FAR, "127.0.0.1", str(delay), str(port), LINK_PORTS],
                                            stdout=subprocess.PIPE)
            self.process.stdout.readline()

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()


def run(name, names, repetitions, root, work, ferry_program, port):
    """Rows by client."""
    job = JOBS[name]
    served_tree.make(root, job.needs)
    ports = {"ports": LINK_PORTS, "advertise": FAR} if job.delay else {}
    server = servers.Server(job.server, port, root, work, cpu=0 if job.processors else None, **ports)
    link = Link(job.delay, port)
    chosen = [each for each in job.clients if not names or each in names]
    rows = {}
    try:
        at = At(ferry_program, FAR if job.delay else "127.0.0.1", port, work / "got")
        for turn in range(repetitions):
            for each in chosen if turn % 2 == 0 else reversed(chosen):
                row = measure(job, each, at, server, work)
                rows.setdefault(each, []).append(row)
                print(f"{name} {each}: {row.get('err') or '%.2f s, noise %.2f' % (row['secs'], row['noise'])}", file=sys.stderr)
    finally:
        link.close()
        server.stop()
        shutil.rmtree(work / "got", ignore_errors=True)
    return rows


def measure(job, client, at, server, work):
    best = None
    for _ in range(PATIENCE):
        row = once(job, client, at, server, work)
        if "err" in row:
            return row
        if best is None or row["noise"] < best["noise"]:
            best = row
        if best["noise"] < QUIET_ENOUGH:
            break
    return best


def once(job, client, at, server, work):
    shutil.rmtree(at.into, ignore_errors=True)
    at.into.mkdir(parents=True)
    home = work / "home"
    home.mkdir(exist_ok=True)
    cgroup = servers.Cgroup("client")

    def settle():
        cgroup.enter()
        if job.processors:
            os.sched_setaffinity(0, {min(1, (os.cpu_count() or 1) - 1) if job.processors == SPLIT else 0})

    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb", "LC_ALL": "C.UTF-8",
                   "FERRY_PASSWORD": servers.PASSWORD}
    begin, busy, served = time.monotonic(), servers.busy_seconds(), server.cgroup.cpu_seconds()
    try:
        done = subprocess.run(list(map(str, job.clients[client](at))), preexec_fn=settle, env=environment, cwd=home, timeout=LONGEST,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except subprocess.TimeoutExpired:
        return {"err": f"was not done after {LONGEST} s"}
    seconds = time.monotonic() - begin
    cpu, server_cpu = cgroup.cpu_seconds(), server.cgroup.cpu_seconds() - served
    others = servers.busy_seconds() - busy - cpu - server_cpu
    cgroup.remove()
    if why := wrong(job, at.into, done):
        return {"err": why}
    total = job.files * job.size / GB
    return {"secs": seconds, "client_cpu": cpu, "cpu": server_cpu, "noise": max(0, others / 2 / seconds), "gb_s": total / seconds,
            "cpu_gb": cpu / total, "rate": job.files / seconds, "cpu_each": cpu / job.files}


def wrong(job, folder, done):
    if done.returncode:
        return f"ended with {done.returncode}: {done.stderr[-300:].decode(errors='replace')}"
    sizes = [os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names]
    if sizes != [job.size] * job.files:
        return f"brought {len(sizes)} files, {sum(sizes)} bytes"
    return None


def table(results):
    """Medians of all; in parentheses, how many times better ferry is: the median of the ratios of each turn."""
    names = ["ferry", *sorted({name for rows in results.values() for name in rows} - {"ferry"})]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for key, rows in results.items():
        for measure_of in JOBS[key].measures:
            cells = [cell(rows.get("ferry", []), rows.get(name, []), name, measure_of) for name in names]
            lines.append(f"| {key} {JOBS[key].title}: {measure_of.unit} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(ours, theirs, name, measure_of):
    values = [row[measure_of.key] * measure_of.factor for row in theirs if measure_of.key in row]
    if not values:
        return "–"
    value = statistics.median(values)
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    if name == "ferry":
        return shown
    more_is_better = measure_of.key in ("gb_s", "rate")
    ratios = [a[measure_of.key] / b[measure_of.key] if more_is_better else b[measure_of.key] / a[measure_of.key]
              for a, b in zip(ours, theirs) if measure_of.key in a and measure_of.key in b]
    return f"{shown} (ferry {statistics.median(ratios):.2f}×)" if ratios else shown
