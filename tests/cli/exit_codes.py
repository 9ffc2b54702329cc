"""Each exit code that the man page promises."""
import signal
import socket
import time
import unittest

import support
from scripted import Server

ONCE = ["--retries", "0"]


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class ExitCodes(support.Case):
    def test_0_done(self):
        with Server(files={"a": b"content"}) as server:
            self.ferry("get", server.url("a"))
        self.assertEqual((self.folder / "a").read_bytes(), b"content")

    def test_1_other(self):
        with Server({"MKD": "521 it exists"}) as server:
            self.ferry("mkdir", server.url("a"), status=1)

    def test_2_usage(self):
        self.ferry("gte", status=2)
        self.assertIn("did you mean get?", self.said)
        self.ferry("get", "--otput", "x", "ftp://127.0.0.1/a", status=2)
        self.assertIn("did you mean --output?", self.said)
        self.ferry("get", status=2)
        self.ferry("get", "http://127.0.0.1/a", status=2)
        self.ferry("get", "--timeout", "0", "ftp://127.0.0.1/a", status=2)

    def test_2_a_url_that_promises_tls_is_not_talked_out_of_it(self):
        with Server() as server:
            for scheme in ("ftpes://", "ftps://"):
                url = server.url(user="alice:secret").replace("ftp://", scheme)
                self.ferry("ls", "--tls=off", url, *ONCE, status=2)
                self.ferry("ls", url, *ONCE, env=self.environment | {"FERRY_TLS": "off"}, status=2)
            self.assertEqual(server.commands, [])

    def test_2_the_variable_is_named(self):
        self.ferry("ls", "ftp://127.0.0.1/", env=self.environment | {"FERRY_TIMEOUT": "abc"}, status=2)
        self.assertIn("FERRY_TIMEOUT", self.said)

    def test_3_not_found(self):
        with Server() as server:
            self.ferry("get", server.url("a"), status=3)
            self.ferry("ls", server.url("a"), status=3)
        self.assertIn("550 no such file", self.said)
        self.assertFalse((self.folder / "a").exists())

    def test_4_denied(self):
        with Server({"DELE": "550 Permission denied"}) as server:
            self.ferry("rm", server.url("a"), status=4)

    def test_5_login(self):
        with Server({"PASS": "530 no"}) as server:
            self.ferry("ls", server.url(user="alice:wrong"), status=5)
        self.assertIn("530 no", self.said)
        self.assertNotIn("wrong", self.said)

    def test_5_no_password(self):
        with Server() as server:
            self.ferry("ls", server.url(user="alice"), status=5)

    def test_a_certificate_may_be_all_that_the_server_wants(self):
        with Server({"USER": "232 welcome"}, {"a": b"x"}) as server:
            self.ferry("ls", "--cert", "al.pem", server.url(user="alice"))
            self.assertNotIn("PASS", [verb for verb, _ in server.commands])
        with Server() as server:
            self.ferry("ls", "--cert", "al.pem", server.url(user="alice"), status=5)
            self.assertIn("terminal", self.said)
            self.assertNotIn("PASS", [verb for verb, _ in server.commands])

    def test_6_connect(self):
        self.ferry("ls", f"ftp://127.0.0.1:{closed_port()}/", *ONCE, status=6)

    def test_6_name(self):
        self.ferry("ls", "ftp://host.invalid/", *ONCE, status=6)

    def test_7_data_channel(self):
        with Server({"EPSV": f"229 ok (|||{closed_port()}|)"}, {"a": b"x"}) as server:
            self.ferry("get", server.url("a"), "--ftp-pasv", *ONCE, status=7)

    def test_8_tls(self):
        with Server() as server:
            self.ferry("ls", server.url().replace("ftp://", "ftpes://"), *ONCE, status=8)
            self.assertIn("the server offers no TLS", self.said)
            self.ferry("ls", server.url(), "--tls=explicit", *ONCE, status=8)
            self.ferry("ls", server.url().replace("ftp://", "ftps://"), *ONCE, status=8)

    def test_9_timeout(self):
        with Server(greeting=None) as server:
            self.ferry("ls", server.url(), "--timeout", "1", *ONCE, status=9)

    def test_10_verify(self):
        def features(_, __):
            return "211-\n EPSV\n SIZE\n XSHA256\n211 end"

        with Server({"FEAT": features, "XSHA256": "250 " + "0" * 64}, {"a": b"x"}) as server:
            self.ferry("get", server.url("a"), *ONCE, status=10)
        self.assertFalse((self.folder / "a").exists())

    def test_11_some_failed(self):
        with Server(files={"a": b"x"}) as server:
            self.ferry("get", server.url("a"), server.url("b"), status=11)
        self.assertTrue((self.folder / "a").exists())

    def test_12_local(self):
        with Server(files={"a": b"x"}) as server:
            self.write("taken", b"a file")
            self.ferry("get", "-O", "taken/x", server.url("a"), status=12)
            self.ferry("put", "missing", server.url("a"), status=12)

    def test_13_remote_full(self):
        self.write("a", b"x")
        with Server({"STOR": "552 quota exceeded"}) as server:
            self.ferry("put", "a", server.url(), *ONCE, status=13)

    def test_14_guard(self):
        self.write("down/extra", b"x")
        with Server(files={"a": b"x"}) as server:
            self.ferry("rm", "-r", server.url(), status=14)
            self.ferry("mirror", "--delete", "--max-delete", "0", server.url(), "down", status=14)
        self.assertTrue((self.folder / "down/extra").exists())

    def test_15_temporary(self):
        with Server(greeting="421 too many users") as server:
            self.ferry("ls", server.url(), *ONCE, status=15)

    def test_a_busy_server_is_asked_again(self):
        with Server(greeting="421 too many users") as server:
            self.ferry("ls", server.url(), "--retries", "1", status=15)
        self.assertIn("try 2", self.said)

    def interrupted(self, which):
        """A transfer that never ends, ended by a signal."""
        with Server({"RETR": self.endless}, {"a": b"x" * 9999999}) as server:
            process = self.start("cat", server.url("a"))
            self.eventually(lambda: ("RETR", "a") in server.commands)
            process.send_signal(which)
            process.stdout.read()
            self.said = process.stderr.read().decode()
            process.wait(10)
            self.eventually(lambda: ("ABOR", "") in server.commands)
        return process.returncode

    @staticmethod
    def endless(session, _):
        session.say("150 here")
        channel = session.channel()
        channel.sendall(b"x" * 1000)
        session.kept = channel  # open, and silent

    def test_130_interrupt(self):
        self.assertEqual(self.interrupted(signal.SIGINT), 130)
        self.assertIn("the same command again", self.said)

    def test_an_interrupted_put_is_said_to_begin_anew(self):
        def deaf(session, _):
            session.say("150 here")
            session.kept = session.channel()  # open, and never read

        self.write("big", bytes(30000000))
        with Server({"STOR": deaf}) as server:
            process = self.start("put", "big", server.url("a"))
            self.eventually(lambda: ("STOR", "a") in server.commands)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            said = process.stderr.read().decode()
            process.wait(10)
        self.assertIn("sends the file anew", said)

    def test_143_terminate(self):
        self.assertEqual(self.interrupted(signal.SIGTERM), 143)


if __name__ == "__main__":
    unittest.main()
