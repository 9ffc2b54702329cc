"""Programs that never outlive the test: each is its own process group, and the kernel ends it with its parent."""
import contextlib
import ctypes
import os
import signal
import subprocess

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Failed(Exception):
    pass


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, **how):
    return subprocess.Popen([str(word) for word in command], start_new_session=True, preexec_fn=_die_with_parent, **how)


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(command, *, stdin=b"", timeout=60, status=0, **how):
    """Runs a command to its end; its output, with what it said to stderr in the text of the failure. `status` is the
    exit status that means success, None for any."""
    process = start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
    try:
        out, err = process.communicate(stdin, timeout)
    except subprocess.TimeoutExpired:
        kill(process)
        out, err = process.communicate()
        raise Failed(_told(command, f"was not done after {timeout} s", out, err)) from None
    if status is not None and process.returncode != status:
        raise Failed(_told(command, f"ended with {process.returncode}", out, err))
    return out


def _told(command, verdict, out, err):
    line = " ".join(str(word) for word in command)
    said = (out[-1500:] + err[-1500:]).decode(errors="replace")
    return f"{line[:1000]}\n{verdict}:\n{said}"
