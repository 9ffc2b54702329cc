"""A server under measurement: started from bench/peers, its processor time and memory counted by a cgroup of its own."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
CGROUP_V1 = pathlib.Path("/sys/fs/cgroup/cpuacct")
READY_SECONDS = 15
USER, PASSWORD = "benchuser", "benchpass"


class Cgroup:
    """Counts every process of a server, also those that have ended."""

    def __init__(self, name):
        self.first = CGROUP_V1.exists()
        self.path = (CGROUP_V1 if self.first else CGROUP_V1.parent) / f"ferry-bench-{name}"
        self.path.mkdir(exist_ok=True)

    def enter(self):
        (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def cpu_seconds(self):
        if self.first:
            return int((self.path / "cpuacct.usage").read_text()) / 1e9
        words = (self.path / "cpu.stat").read_text().split()
        return int(words[words.index("usage_usec") + 1]) / 1e6

    def processes(self):
        return [int(number) for number in (self.path / "cgroup.procs").read_text().split()]

    def remove(self):
        for _ in range(100):
            if not self.processes():
                break
            time.sleep(0.05)
        self.path.rmdir()


class Server:
    """One of bench/peers, running. `cpu` pins it; `ports` are its passive ones, `advertise` the address it names."""

    def __init__(self, name, port, root, work, *, cpu=None, tls=False, ports="21100-21899", advertise=""):
        self.name, self.port, self.root, self.tls = name, port, root, tls
        self.work = work / name
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self.cgroup = Cgroup(name)
        environment = os.environ | {"PASSIVE": ports, "ADVERTISE": advertise, "TLS": "1" if tls else ""}

        def settle():
            self.cgroup.enter()
            pathlib.Path("/proc/self/oom_score_adj").write_text("900")  # a server that eats the machine goes first
            if cpu is not None:
                os.sched_setaffinity(0, {cpu})

        with open(self.work / "log", "wb") as log:
            self.process = subprocess.Popen(
                [HERE / "peers/serve", name, str(port), root, self.work], env=environment, preexec_fn=settle,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._wait_until_ready()

    def _wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                    connection.recv(1)
                    return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{self.name} does not answer: {(self.work / 'log').read_text(errors='replace')[-500:]}")

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.cgroup.remove()

    def memory(self):
        """KiB: the sum of proportional set sizes, the largest peak of one process; and the number of processes."""
        pss = peak = count = 0
        for number in self.cgroup.processes():
            try:
                pss += _field(f"/proc/{number}/smaps_rollup", "Pss:")
                peak = max(peak, _field(f"/proc/{number}/status", "VmHWM:"))
                count += 1
            except (FileNotFoundError, ProcessLookupError):
                continue
        return {"pss": pss, "peak": peak, "processes": count}


def _field(path, name):
    with open(path) as file:
        return next((int(line.split()[1]) for line in file if line.startswith(name)), 0)


def kernel_memory():
    """KiB that the kernel holds for everybody's sockets, stacks and tables."""
    with open("/proc/meminfo") as file:
        values = {line.split(":")[0]: int(line.split()[1]) for line in file}
    return sum(values.get(key, 0) for key in ("Slab", "KernelStack", "PageTables", "SecPageTables", "Percpu"))


def busy_seconds():
    """Processor time that the whole machine has spent."""
    with open("/proc/stat") as file:
        ticks = [int(word) for word in file.readline().split()[1:]]
    user, nice, system, _, _, interrupts, soft_interrupts, stolen = ticks[:8]
    return (user + nice + system + interrupts + soft_interrupts + stolen) / os.sysconf("SC_CLK_TCK")
