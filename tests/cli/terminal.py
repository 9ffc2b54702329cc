"""What ferry does on a terminal: asks without echo, draws progress, completes and edits lines."""
import contextlib
import os
import pathlib
import pty
import select
import signal
import time
import unittest

import support
from support import processes
from scripted import Server


class Terminal:
    """ferry on a terminal of its own."""

    def __init__(self, case, *words):
        self.main, other = pty.openpty()

        def take_terminal():
            os.setsid()
            os.close(os.open(os.ttyname(0), os.O_RDWR))  # its controlling terminal: /dev/tty

        self.process = processes.subprocess.Popen([support.FERRY, *words], stdin=other, stdout=other, stderr=other,
                                                  cwd=case.folder, env=case.environment, preexec_fn=take_terminal)
        os.close(other)
        self.shown = b""
        case.addCleanup(self.close)

    def close(self):
        if self.process.poll() is None:
            processes.kill(self.process)
        os.close(self.main)

    def type(self, text):
        os.write(self.main, text)

    def until(self, text, patience=10):
        end = time.monotonic() + patience
        start = len(self.shown)
        while text not in self.shown[start:]:
            if not select.select([self.main], [], [], max(0, end - time.monotonic()))[0]:
                raise processes.Failed(f"{text} was not shown, but {self.shown}")
            self.read()
        return self.shown[start:]

    def read(self):
        try:
            chunk = os.read(self.main, 65536)
        except OSError:  # the other end has closed
            chunk = b""
        if not chunk:
            raise processes.Failed(f"it ended: {self.shown}")
        self.shown += chunk

    def end(self):
        try:
            while True:
                self.read()
        except processes.Failed:
            return self.process.wait(15)


class OnTerminal(support.Case):
    def test_password_is_not_echoed(self):
        with Server(files={"a": b"x"}) as server:
            terminal = Terminal(self, "ls", server.url(user="alice"))
            terminal.until(b"Password for alice at 127.0.0.1: ")
            terminal.type(b"swordfish\n")
            self.assertEqual(terminal.end(), 0)
            self.assertNotIn(b"swordfish", terminal.shown)
            self.assertIn(("PASS", "swordfish"), server.commands)

    def test_with_a_certificate_the_password_is_asked_for_when_the_server_wants_it(self):
        with Server(files={"a": b"x"}) as server:
            terminal = Terminal(self, "ls", "--cert", "al.pem", server.url(user="alice"))
            terminal.until(b"Password for alice at 127.0.0.1: ")
            self.assertIn(("USER", "alice"), server.commands)
            terminal.type(b"swordfish\n")
            self.assertEqual(terminal.end(), 0)
            self.assertIn(("PASS", "swordfish"), server.commands)

    def test_interrupted_at_the_password(self):
        with Server(files={"a": b"x"}) as server:
            terminal = Terminal(self, "cat", server.url("a", user="alice"), server.url("a", user="bob"))
            terminal.until(b"Password for alice at 127.0.0.1: ")
            terminal.type(b"\x03")
            self.assertEqual(terminal.end(), 130)
            self.assertNotIn(b"bob", terminal.shown)

    def test_progress(self):
        def slow(session, _):
            session.say("150 here")
            channel = session.channel()
            for _ in range(5):
                channel.sendall(b"x" * 100000)
                time.sleep(0.15)
            channel.close()
            return "226 done"

        with Server({"RETR": slow}, {"a": b"x" * 500000}) as server:
            terminal = Terminal(self, "get", server.url("a"))
            terminal.until("█".encode())
            terminal.until(b"to go")
            self.assertEqual(terminal.end(), 0)
        self.assertIn(b"size agrees", terminal.shown)

    def test_no_color(self):
        with Server() as server:
            colored = Terminal(self, "cat", server.url("a"))
            self.assertEqual(colored.end(), 3)
            self.environment["NO_COLOR"] = "1"
            plain = Terminal(self, "cat", server.url("a"))
            self.assertEqual(plain.end(), 3)
        self.assertIn(b"\033[31m", colored.shown)
        self.assertNotIn(b"\033[31m", plain.shown)

    def test_names_do_not_steer_the_terminal(self):
        with Server(files={"a\033]0;title\007": b"x"}) as server:
            terminal = Terminal(self, "ls", server.url())
            self.assertEqual(terminal.end(), 0)
        self.assertIn(b"a?]0;title?", terminal.shown)

    def test_columns_stay_apart(self):
        with Server(files={"a": b"x"}) as server:
            terminal = Terminal(self, "du", server.url())
            self.assertEqual(terminal.end(), 0)
        self.assertIn(b"1 B\t.", terminal.shown)

    def test_shell(self):
        with Server(files={"readme long.txt": b"x", "other": b"y", "/readme long.txt": b"content"}) as server:
            terminal = Terminal(self, "shell", server.url())
            terminal.until(b"127.0.0.1:/> ")
            terminal.type(b"cat rea\t")
            terminal.until(b"long.txt")
            terminal.type(b"\n")
            terminal.until(b"content")
            terminal.type(b"nonsens\nexit\n")
            self.assertEqual(terminal.end(), 0)
        self.assertIn("readme", (self.folder / ".local/state/ferry/history").read_text())

    def test_shell_survives_interruption(self):
        def endless(session, _):
            session.say("150 here")
            session.kept = session.channel()

        with Server({"RETR": endless}, {"/a": b"x" * 1000}) as server:
            terminal = Terminal(self, "shell", server.url())
            terminal.until(b"127.0.0.1:/> ")
            terminal.type(b"half a li\x03")
            terminal.until(b"127.0.0.1:/> ")
            terminal.type(b"cat a\n")
            self.eventually(lambda: ("RETR", "/a") in server.commands)
            terminal.type(b"\x03")
            terminal.until(b"127.0.0.1:/> ")
            terminal.type(b"pwd\nstat a\nexit\n")
            self.assertEqual(terminal.end(), 0)
        self.assertIn(b"size      1000", terminal.shown)

    def test_shell_tells_of_jobs(self):
        def slow(session, _):
            session.say("150 here")
            channel = session.channel()
            with contextlib.suppress(OSError):
                for _ in range(300):
                    channel.sendall(b"x" * 10000)
                    time.sleep(0.1)
            channel.close()
            return "226 done"

        with Server({"RETR": slow}, {"/a": b"x" * 3000000}) as server:
            terminal = Terminal(self, "shell", server.url())
            terminal.until(b"127.0.0.1:/> ")
            terminal.type(b"get a &\n")
            terminal.until(b"[1] get a")
            for _ in range(50):
                terminal.type(b"jobs\n")
                if b"KiB at " in terminal.until(b"127.0.0.1:/> "):
                    break
                time.sleep(0.1)
            else:
                self.fail(terminal.shown)
            terminal.type(b"exit\n")
            terminal.until(b"1 still running")
            terminal.type(b"kill 1\nwait\n")
            terminal.until(b"[1] failed (130) get a")
            terminal.type(b"exit\n")
            self.assertEqual(terminal.end(), 0)
        self.assertIn(("ABOR", ""), server.commands)

    def test_a_job_that_does_not_end_keeps_nobody_in_the_shell(self):
        for impatient in (False, True):
            with Server({"RETR": None}, {"/a": b"x"}) as server:
                terminal = Terminal(self, "shell", server.url())
                terminal.until(b"127.0.0.1:/> ")
                terminal.type(b"get a &\n")
                self.eventually(lambda: ("RETR", "/a") in server.commands)
                shell = terminal.process.pid
                job = int(pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text())
                os.kill(job, signal.SIGSTOP)
                terminal.type(b"exit\nexit\n")
                terminal.until(b"stopping 1")
                began = time.monotonic()
                if impatient:
                    terminal.type(b"\x03")
                self.assertEqual(terminal.end(), 0)
                self.assertLess(time.monotonic() - began, 3 if impatient else 12)
                self.assertFalse(pathlib.Path(f"/proc/{job}").exists())


if __name__ == "__main__":
    unittest.main()
