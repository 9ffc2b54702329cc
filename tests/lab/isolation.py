"""Namespaces of a process of its own: network, mounts, processes. They and all in them go when it does, or when who
started it does, however that ends: the kernel sees to it."""
import ctypes
import os
import signal
import subprocess
import sys

NOT_PERMITTED = 77
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc",
            "--propagation", "private"]
# What a scenario needs beyond namespaces.
_TRY = ("ip link set lo up && mount -t tmpfs none /run && nft add table inet probe && "
        "nft add chain inet probe nat '{ type nat hook postrouting priority 100; }' && nft delete table inet probe")


def command(words):
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return [_UNSHARE[0], *as_root, *_UNSHARE[1:], *words]


def end_with_parent():
    """For preexec_fn. The process namespace goes with its first process, and that with unshare."""
    pr_set_pdeathsig = 1
    parent = os.getppid()
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def why_not():
    """Why it is not permitted here; empty when it is."""
    probe = subprocess.run(command(["sh", "-c", _TRY]), capture_output=True, check=False,
                           env=os.environ | {"PATH": PATH})
    return "" if probe.returncode == 0 else (probe.stderr.decode(errors="replace").strip() or "refused")


def furnish(work):
    """Inside: folders that nobody else sees, `work` among them."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    os.makedirs("/run/netns")
    os.makedirs(work)
    os.environ["PATH"] = PATH
    sys.stdout.reconfigure(line_buffering=True)


def know_hosts(names, work):
    """Inside: `names` is a list of (address, name); nobody else's are known."""
    hosts = work / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for address, name in names))
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
