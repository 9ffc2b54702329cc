"""What the tests of the programs have in common: ferry in an environment of its own, and a ferryd."""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]
sys.dont_write_bytecode = True

import processes  # noqa: E402

FERRY = os.environ["FERRY"]
FERRYD = os.environ.get("FERRYD")


class Case(unittest.TestCase):
    """A folder of its own, which is home, the folder for settings, and where ferry runs."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TERM": "xterm"}

    def start(self, *words, **how):
        how.setdefault("cwd", self.folder)
        how.setdefault("env", self.environment)
        process = processes.start([FERRY, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, **how)
        self.addCleanup(self._close, process)
        return process

    def _close(self, process):
        if process.poll() is None:
            processes.kill(process)
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()

    def ferry(self, *words, status=0, stdin=b"", timeout=30, **how):
        """Its standard output; what it said besides is in self.said."""
        process = self.start(*words, **how)
        out, err = process.communicate(stdin, timeout)
        self.said = err.decode(errors="replace")
        self.assertEqual(process.returncode, status, f"{words}\n{self.said}")
        return out

    def events(self, *words, **how):
        return [json.loads(line) for line in self.ferry(*words, "--json", **how).splitlines()]

    def eventually(self, true, patience=10):
        end = time.monotonic() + patience
        while not true():
            self.assertLess(time.monotonic(), end, "it did not happen")
            time.sleep(0.01)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


@contextlib.contextmanager
def ferryd(root, *options):
    """A ferryd that serves `root` read-write to anyone who says alice, secret; the URL of its root."""
    if not FERRYD:
        raise unittest.SkipTest("no ferryd was built")
    environment = dict(os.environ, FERRYD_PASSWORD="secret")
    said = tempfile.TemporaryFile()
    process = processes.start([FERRYD, "serve", root, "--user", "alice", "--listen", "127.0.0.1", "--port", "0",
                               *options], env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        yield f"ftp://alice@127.0.0.1:{_port(process, said)}/"
    finally:
        processes.kill(process)
        said.close()


def _port(process, said, patience=20):
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        said.seek(0)
        text = said.read().decode(errors="replace")
        if found := re.search(r"127\.0\.0\.1:(\d+)", text):
            return found[1]
        time.sleep(0.05)
    raise processes.Failed("ferryd does not say where it listens:\n" + text)
