"""Each command against ferryd, in an environment of its own."""
import os
import re
import signal
import subprocess
import unittest

import support
from scripted import Server

PASSWORD = {"FERRY_PASSWORD": "secret"}


class Commands(support.Case):
    def setUp(self):
        super().setUp()
        self.environment |= PASSWORD
        self.root = self.folder / "served"
        (self.root / "pub/sub").mkdir(parents=True)
        (self.root / "pub/a.txt").write_bytes(b"alpha\n")
        (self.root / "pub/b.txt").write_bytes(b"beta\n")
        (self.root / "pub/sub/c d").write_bytes(b"gamma\n" * 1000)
        server = support.ferryd(self.root)
        self.url = server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)

    def test_get(self):
        self.ferry("get", self.url + "pub/a.txt")
        self.assertEqual((self.folder / "a.txt").read_bytes(), b"alpha\n")
        self.ferry("get", "-o", "x", self.url + "pub/a.txt")
        self.assertEqual((self.folder / "x").read_bytes(), b"alpha\n")
        self.assertEqual(self.ferry("get", "-q", "-o", "-", self.url + "pub/a.txt"), b"alpha\n")
        self.assertEqual(self.said, "")

    def test_get_pattern(self):
        self.ferry("get", "-O", "out", self.url + "pub/*.txt")
        self.assertEqual(sorted(os.listdir(self.folder / "out")), ["a.txt", "b.txt"])

    def test_get_into_a_folder_that_is_to_be_made(self):
        self.ferry("get", "-O", "a/b", self.url + "pub/a.txt")
        self.ferry("get", "-r", "-O", "c/d", self.url + "pub")
        self.assertEqual((self.folder / "a/b/a.txt").read_bytes(), b"alpha\n")
        self.assertEqual((self.folder / "c/d/pub/a.txt").read_bytes(), b"alpha\n")

    def test_get_continues(self):
        self.write("c d", b"gamma\n" * 10)
        self.ferry("get", "-c", self.url + "pub/sub/c%20d")
        self.assertEqual((self.folder / "c d").read_bytes(), b"gamma\n" * 1000)

    def test_continues_many_side_by_side(self):
        whole = {f"part{i}": b"%d\n" % i * 50000 for i in range(6)}
        for name, content in whole.items():
            (self.root / "pub" / name).write_bytes(content)
            self.write("got/" + name, content[:777])
        self.ferry("get", "-c", "-j", "3", "-O", "got", self.url + "pub/part*")
        for name, content in whole.items():
            self.assertEqual((self.folder / "got" / name).read_bytes(), content)
            (self.root / "pub" / name).write_bytes(content[:1234])
        events = self.events("put", "-v", "-c", "-j", "3", *[f"got/{name}" for name in whole], self.url + "pub/")
        for name, content in whole.items():
            self.assertEqual((self.root / "pub" / name).read_bytes(), content)
        done = [each for each in events if each["event"] == "file_done"]
        self.assertEqual({each["offset"] for each in done}, {1234})
        said = [each for each in events if each["event"] == "command"]
        self.assertGreater(len({each["session"] for each in said if each["line"].startswith("USER")}), 1)

    def test_shell_options_are_of_one_command(self):
        self.ferry("shell", self.url, stdin=b"get pub/a.txt\nget --verify=off pub/b.txt\n")
        self.assertIn("a.txt  6 B", self.said)
        self.assertRegex(self.said, "b.txt .*not verified")

    def test_get_recursive(self):
        self.ferry("get", "-r", self.url + "pub/")
        self.assertEqual((self.folder / "pub/sub/c d").read_bytes(), b"gamma\n" * 1000)

    def test_put(self):
        self.write("new", b"delta")
        self.ferry("put", "new", self.url + "pub/")
        self.assertEqual((self.root / "pub/new").read_bytes(), b"delta")
        self.assertTrue(self.said.startswith("pub/new  5 B"), self.said)
        self.ferry("put", "new", self.url + "pub/other")
        self.assertEqual((self.root / "pub/other").read_bytes(), b"delta")
        self.ferry("put", "-", self.url + "pub/piped", stdin=b"from a pipe")
        self.assertEqual((self.root / "pub/piped").read_bytes(), b"from a pipe")
        self.ferry("put", "-p", "new", self.url + "x/y/z")
        self.assertEqual((self.root / "x/y/z").read_bytes(), b"delta")

    def test_put_many(self):
        names = [f"f{i}" for i in range(20)]
        for name in names:
            self.write("in/" + name, name.encode())
        self.ferry("put", *["in/" + name for name in names], self.url + "pub/")
        for name in names:
            self.assertEqual((self.root / "pub" / name).read_bytes(), name.encode())

    def test_ls(self):
        self.assertEqual(self.ferry("ls", self.url + "pub"), b"a.txt\nb.txt\nsub\n")
        self.assertEqual(self.ferry("ls", self.url + "pub/a.txt"), b"a.txt\n")
        self.assertIn(b" 6 ", self.ferry("ll", self.url + "pub/"))
        first = self.events("ls", self.url + "pub")[0]
        self.assertEqual((first["event"], first["path"], first["type"], first["size"]), ("entry", "a.txt", "file", 6))

    def test_cat(self):
        self.assertEqual(self.ferry("cat", self.url + "pub/*.txt"), b"alpha\nbeta\n")
        self.assertEqual(self.said, "")

    def test_rm_mv_mkdir_rmdir(self):
        self.ferry("mv", self.url + "pub/a.txt", "z.txt")
        self.assertTrue((self.root / "pub/z.txt").exists())
        self.ferry("mkdir", "-p", self.url + "m/n/o")
        self.ferry("rmdir", self.url + "m/n/o")
        self.assertTrue((self.root / "m/n").exists() and not (self.root / "m/n/o").exists())
        self.ferry("rm", self.url + "pub/*.txt")
        self.ferry("rm", "-r", self.url + "pub")
        self.assertEqual(os.listdir(self.root), ["m"])

    def errors_of(self, *words, status):
        return [each["id"] for each in self.events(*words, status=status) if each["event"] == "error"]

    def test_what_a_refusal_means(self):
        self.write("new", b"delta")
        self.assertEqual(self.errors_of("mkdir", self.url + "pub", status=1), ["remote.exists"])
        self.assertEqual(self.errors_of("rmdir", self.url + "pub", status=1), ["remote.not_empty"])
        self.assertEqual(self.errors_of("rm", self.url + "pub", status=2), ["remote.is_directory"])
        self.assertEqual(self.errors_of("cat", self.url + "pub", status=2), ["remote.is_directory"])
        self.ferry("put", "new", self.url + "missing/x", status=3)
        self.assertIn("ferry: missing/x: there is no folder missing: 550", self.said)
        self.ferry("put", "new", self.url + "missing/", status=3)
        self.assertIn("ferry: missing/new: there is no folder missing: 550", self.said)
        self.assertEqual(self.errors_of("put", "new", self.url + "pub", status=2), ["remote.is_directory"])
        self.assertIn("with a / behind it", self.said)
        self.ferry("copy", self.url + "pub/a.txt", self.url + "missing/", status=3)
        self.assertIn("there is no folder missing: ", self.said)
        self.ferry("put", "pub", self.url + "pub", status=12)
        self.assertEqual(self.errors_of("hash", self.url + "pub", status=2), ["remote.is_directory"])
        for command in ("find", "du"):
            self.assertEqual(self.errors_of(command, self.url + "pub/a.txt", status=2), ["remote.not_directory"])
        self.assertEqual(self.errors_of("get", self.url + "pub/a.txt/x", status=2), ["remote.not_directory"])

    def test_mirror_makes_nothing_for_what_is_not_there(self):
        self.assertEqual(self.errors_of("mirror", self.url + "missing", "down", status=3), ["remote.not_found"])
        self.assertEqual(self.errors_of("mirror", self.url + "pub/a.txt", "down", status=2), ["remote.not_directory"])
        self.assertFalse((self.folder / "down").exists())

    def test_continuing_another_file(self):
        (self.root / "pub/big").write_bytes(b"0123456789" * 100)
        for content, meant in ((b"other", "verify.beginning"), (b"x" * 2000, "verify.longer")):
            self.write("big", content)
            self.assertEqual(self.errors_of("get", "-c", self.url + "pub/big", status=10), [meant])
            self.assertEqual((self.folder / "big").read_bytes(), content)

    def test_what_is_escaped_is_no_pattern(self):
        for name in ("IMG[1].jpg", "IMG1.jpg", "st*r", "star"):
            (self.root / "pub" / name).write_bytes(name.encode())
        self.ferry("get", "-o", "a", self.url + "pub/IMG[1].jpg")
        self.ferry("get", "-o", "b", self.url + "pub/IMG%5B1%5D.jpg")
        self.assertEqual((self.folder / "a").read_bytes(), b"IMG[1].jpg")
        self.assertEqual((self.folder / "b").read_bytes(), b"IMG[1].jpg")
        self.ferry("rm", self.url + "pub/IMG%5B1%5D.jpg")
        self.ferry("rm", self.url + "pub/%2A", status=3)
        self.ferry("rm", self.url + "pub/st%2Ar")
        self.assertEqual(sorted(os.listdir(self.root / "pub")), ["IMG1.jpg", "a.txt", "b.txt", "star", "sub"])
        self.ferry("shell", self.url, stdin=b"cd pub\nrm IMG[1].jp?\n")
        self.assertFalse((self.root / "pub/IMG1.jpg").exists())

    def test_what_is_counted_are_bytes_of_files(self):
        for i in range(4):
            self.write(f"in/{i}", b"xy")
        self.assertEqual(self.events("put", *[f"in/{i}" for i in range(4)], self.url + "pub/")[-1]["bytes"], 8)
        self.assertEqual(self.events("get", "-O", "out", self.url + "pub/[0-3]")[-1]["bytes"], 8)
        (self.root / "pub/zeros").write_bytes(bytes(3000000))
        self.assertEqual(self.events("get", "--mode=deflate", self.url + "pub/zeros")[-1]["bytes"], 3000000)

    def test_what_a_refusal_in_vague_words_means(self):
        words = {verb: "550 Operation failed." for verb in ("MKD", "RMD", "DELE", "RETR", "STOR")}

        def facts(session, path):
            known = {"folder": "dir", "file": "file"}.get(path)
            return f"250-\n type={known};size=1; {path}\n250 end" if known else "550 no such file"

        self.write("new", b"delta")
        with Server({**words, "MLST": facts}) as server:
            for command, path, status, meant in (
                    ("mkdir", "folder", 1, "remote.exists"), ("mkdir", "other", 3, "remote.not_found"),
                    ("rmdir", "folder", 1, "remote.not_empty"), ("rmdir", "other", 3, "remote.not_found"),
                    ("rm", "folder", 2, "remote.is_directory"), ("rm", "file", 1, "remote.refused"),
                    ("rm", "other", 3, "remote.not_found"), ("cat", "folder", 2, "remote.is_directory")):
                self.assertEqual(self.errors_of(command, server.url(path), status=status), [meant], (command, path))
            for path, status, meant in ("folder", 2, "remote.is_directory"), ("gone/x", 3, "remote.not_found"):
                self.assertEqual(self.errors_of("put", "new", server.url(path), status=status), [meant], path)

    # Pure-FTPd does so where TLS is switched off: nobody on the way is to blame.
    def test_tls_that_is_listed_and_switched_off(self):
        off = {"AUTH": "500 This security scheme is not implemented", "FEAT": "211-\n AUTH TLS\n211 end"}
        with Server(off) as server:
            self.assertEqual(self.errors_of("ls", "--tls=explicit", server.url(user="alice"), status=8), ["tls.refused"])
            events = self.events("doctor", server.url(user="alice"), status=8)
            self.assertEqual([each["id"] for each in events if each["event"] == "finding"], ["server.tls.missing"])
        with Server({**off, "AUTH": "502 no"}) as server:
            self.assertEqual(self.errors_of("ls", "--tls=explicit", server.url(user="alice"), status=8),
                             ["tls.stripped"])

    def test_stat_hash_du_find(self):
        self.assertIn(b"size      6\n", self.ferry("stat", self.url + "pub/a.txt"))
        self.assertEqual(self.ferry("du", "-s", self.url + "pub"), b"6011\tpub\n")
        self.assertEqual(self.ferry("find", self.url + "pub", "--type", "file", "--name", "c*"), b"pub/sub/c d\n")

    def test_mirror(self):
        self.ferry("mirror", "-n", self.url + "pub", ".")
        self.assertFalse((self.folder / "a.txt").exists())
        self.ferry("mirror", self.url + "pub", "copy")
        self.assertEqual((self.folder / "copy/sub/c d").read_bytes(), b"gamma\n" * 1000)
        self.assertEqual(self.ferry("mirror", "-n", self.url + "pub", "copy"), b"")
        os.unlink(self.folder / "copy/a.txt")
        self.ferry("mirror", "--delete", "copy", self.url + "pub")
        self.assertFalse((self.root / "pub/a.txt").exists())

    def test_modes(self):
        for mode, letter in ("auto", "B"), ("stream", None), ("block", "B"), ("deflate", "Z"):
            for source, target in (self.url + "pub", mode), (mode, self.url + "copy-" + mode):
                self.ferry("mirror", "-v", "-j1", "--mode", mode, source, target)
                self.assertEqual(re.findall("> MODE (.)", self.said), [letter] if letter else [])
                if letter == "B":
                    self.assertLessEqual(self.said.count("> EPSV"), 2)
            self.assertEqual((self.root / ("copy-" + mode) / "sub/c d").read_bytes(), b"gamma\n" * 1000)
            self.assertEqual((self.root / ("copy-" + mode) / "a.txt").read_bytes(), b"alpha\n")

    def test_quote(self):
        self.assertTrue(self.ferry("quote", self.url, "NOOP").startswith(b"200"))

    def test_json(self):
        events = self.events("get", self.url + "pub/a.txt")
        self.assertEqual([each["event"] for each in events], ["file_started", "file_done", "end"])
        self.assertEqual(events[1]["bytes"], 6)
        self.assertEqual(events[-1]["exit_code"], 0)

    def test_verbose_hides_password(self):
        self.ferry("ls", "-v", self.url)
        self.assertIn("> PASS", self.said)
        self.assertNotIn("secret", self.said)

    def test_trace(self):
        self.ferry("get", "--trace", "t.html", self.url + "pub/a.txt")
        page = (self.folder / "t.html").read_text()
        self.assertIn("RETR", page)
        self.assertNotIn("secret", page)

    def test_doctor(self):
        for what in ("pub/", "pub/a.txt"):
            events = self.events("doctor", "--tls=off", "--html", "page.html", "--idle", "1", self.url + what)
            outcomes = {each["way"]: each["outcome"] for each in events if each["event"] == "probe"}
            self.assertEqual(outcomes, dict.fromkeys(["EPSV", "PASV", "PASV as replied", "EPRT", "PORT"], "works"))
            self.assertEqual([each["survived"] for each in events if each["event"] == "idle"], [True])
            self.assertFalse([each for each in events if each["event"] == "finding"])
        page = (self.folder / "page.html").read_text()
        for word in ("<h2>IPv4, in the clear: PASV as replied</h2>", "<svg", "Every way works"):
            self.assertIn(word, page)
        # A password does not go in the clear by itself, and this server has no TLS.
        self.ferry("doctor", self.url, status=8)

    def test_doctor_measures(self):
        self.write("served/large", b"x" * 50_000_000)
        events = self.events("doctor", "--tls=off", "--throughput", "--write", self.url + "large")
        flows = [each for each in events if each["event"] == "throughput"]
        self.assertEqual([each["connections"] for each in flows], [1, 4, 4, 4, 4])
        self.assertTrue(all(each["bytes"] > 40_000_000 for each in flows), flows)
        clock = next(each for each in events if each["event"] == "clock")
        self.assertLess(abs(clock["ahead"]), clock["uncertain"] + 0.1)
        self.assertLess(clock["uncertain"], 2)
        self.assertFalse([name for name in os.listdir(self.root) if "doctor" in name])
        self.ferry("doctor", "--tls=off", "--throughput", self.url, status=2)

    def test_doctor_proves_from_outside(self):
        with support.ferryd(self.root, "--passive-ports", "23000-23009", "--advertise", "127.0.0.1") as url:
            proof = ["--tls=off", "--from-outside", "--address", "127.0.0.1"]
            events = self.events("doctor", *proof, "--ports", "23000-23009", url)
            claims = {each["id"]: each["standing"] for each in events if each["event"] == "claim"}
            self.assertEqual(claims, dict.fromkeys(["outside.control", "outside.range", "outside.ports",
                                                    "outside.address"], "proved"))
            self.assertLess(5, len({each["port"] for each in events if each["event"] == "offer"}))
            self.assertEqual([each["id"] for each in events if each["event"] == "finding"], ["doctor.inside"])
            said = self.ferry("doctor", *proof, "--ports", "23005-23009", url, status=16).decode()
            self.assertIn("refuted  the server offers ports that are not of 23005-23009: 2300", said)
        self.ferry("doctor", "--tls=off", "--ports", "1-2", self.url, status=2)

    def test_doctor_names_the_address_and_the_lines_for_it(self):
        with support.ferryd(self.root, "--advertise", "192.0.2.55") as url:
            said = self.ferry("doctor", "--tls=off", url, status=16).decode()
            self.assertIn("[server.address.other]", said)
            self.assertIn('advertise = "127.0.0.1"', said)
            # What only a look at the 227 shows does no harm to ferry.
            self.ferry("get", "-o", "x", "--tls=off", "--no-epsv", url + "pub/a.txt")
        self.ferry("doctor", "--tls=off", url, status=6)

    def test_credentials(self):
        del self.environment["FERRY_PASSWORD"]
        host = self.url.partition("@")[2]
        netrc = self.write(".netrc", b"machine 127.0.0.1 login alice password secret\n")
        netrc.chmod(0o644)
        self.ferry("ls", "ftp://" + host, status=5)
        self.assertIn("chmod 600", self.said)
        netrc.chmod(0o600)
        self.ferry("ls", "ftp://" + host)
        self.ferry("ls", "--no-netrc", self.url, status=5)
        self.write("password", b"secret\n").chmod(0o600)
        self.ferry("ls", "--no-netrc", "--password-file", "password", self.url)
        self.ferry("ls", "--no-netrc", "ftp://alice:secret@" + host)
        self.assertIn("a password in a URL", self.said)

    def test_bookmarks(self):
        self.ferry("bookmark", "add", "work", self.url.replace("alice", "alice:secret") + "pub")
        self.assertEqual(self.ferry("bookmark", "list"), f"work\t{self.url}pub\n".encode())
        self.assertEqual(self.ferry("cat", "@work/a.txt"), b"alpha\n")
        self.ferry("cat", "@wrok/a.txt", status=2)
        self.assertIn("did you mean work?", self.said)
        self.ferry("bookmark", "rm", "work")
        self.assertEqual(self.ferry("bookmark", "list"), b"")

    def test_shell(self):
        script = b"cd pub\npwd\nls\nlcd served\nget a.txt\nput a.txt\nmkdir 'x y'\ncd 'x y'\npwd\n!echo here\n"
        out = self.ferry("shell", self.url, stdin=script)
        self.assertIn(b"/pub\na.txt\nb.txt\nsub\n", out)
        self.assertIn(b"/pub/x y\n", out)
        self.assertTrue((self.root / "a.txt").exists())

    def test_shell_runs_commands_behind(self):
        script = b"get pub/a.txt &\nget --verify=size 'pub/sub/c d' -o c &\nput nothing &\nwait\njobs\npwd\n"
        out = self.ferry("shell", self.url, stdin=script, status=12)
        self.assertEqual((self.folder / "a.txt").read_bytes(), b"alpha\n")
        self.assertEqual((self.folder / "c").read_bytes(), b"gamma\n" * 1000)
        self.assertIn("[1] done        get pub/a.txt", self.said)
        self.assertIn("[3] failed (12) put nothing", self.said)
        self.assertEqual(out, b"/\n")

    def test_a_password_is_for_one_server(self):
        other = self.folder / "other"
        other.mkdir()
        with support.ferryd(other) as url:
            both = self.url + "pub/a.txt", url + "x"
            for command in (["copy", "--fallback", self.url + "pub/a.txt", url],
                            ["mirror", "--fallback", self.url + "pub", url + "pub"], ["get", *both], ["ls", *both],
                            ["rm", *both], ["hash", *both]):
                said = self.events(*command, status=2)
                self.assertIn("usage.password", [each.get("id") for each in said], command)
            self.assertTrue((self.root / "pub/a.txt").exists())
            self.ferry("shell", self.url, stdin=f"ls\nls {url}\n".encode(), status=2)
            self.assertIn("one password is given", self.said)
            self.ferry("shell", "--no-netrc", self.url, stdin=f"ls {url} &\nwait\n".encode(), status=5)
            host, there = self.url.partition("@")[2], url.partition("@")[2]
            self.assertEqual(os.listdir(other), [])
            del self.environment["FERRY_PASSWORD"]
            self.write("password", b"secret\n").chmod(0o600)
            script = f"get {url}x &\nget {self.url}pub/a.txt &\nwait\n".encode()
            (other / "x").write_bytes(b"x")
            self.ferry("shell", "--password-file", "password", "--no-netrc", self.url, stdin=script, status=5)
            self.assertTrue((self.folder / "a.txt").exists())
            self.assertFalse((self.folder / "x").exists())
            self.write(".netrc", b"machine 127.0.0.1 login alice password secret\n").chmod(0o600)
            self.ferry("copy", "--fallback", "ftp://" + host + "pub/a.txt", "ftp://" + there)
            self.assertEqual((other / "a.txt").read_bytes(), b"alpha\n")

    def test_nothing_is_copied_onto_itself_or_another(self):
        whole = (self.root / "pub/a.txt").read_bytes()
        for words in (["pub/a.txt", "pub/a.txt"], ["pub/a.txt", "pub/"], ["pub/*.txt", "pub/"], ["-r", "pub", "pub"],
                      ["pub/a.txt", "pub//./a.txt"], ["pub/a.txt", "%2Fpub/a.txt"], ["-r", "pub", "%2Fpub/../pub"]):
            urls = [word if word.startswith("-") else self.url + word for word in words]
            said = self.events("copy", "--fallback", *urls, status=2)
            self.assertEqual({each["id"] for each in said if each["event"] == "error"}, {"usage.same"})
        self.assertEqual((self.root / "pub/a.txt").read_bytes(), whole)
        (self.root / "a.txt").write_bytes(b"another\n")
        (self.root / "to").mkdir()
        said = self.events("copy", "--fallback", self.url + "pub/a.txt", self.url + "a.txt", self.url + "to/", status=11)
        self.assertIn("usage.same", [each.get("id") for each in said])
        self.assertEqual((self.root / "to/a.txt").read_bytes(), whole)

    def test_shell_waits_for_what_runs_behind(self):
        self.ferry("shell", self.url, stdin=b"get pub/a.txt &\n")
        self.assertEqual((self.folder / "a.txt").read_bytes(), b"alpha\n")

    def test_shell_script_stops_at_failure(self):
        out = self.ferry("shell", self.url, stdin=b"cat nothing\npwd\n", status=3)
        self.assertEqual(out, b"")

    def test_shell_script_ends_with_the_code_of_the_failure(self):
        self.ferry("shell", self.url, stdin=b"ls pub\ncat nothing\n", status=3)
        self.ferry("shell", self.url, stdin=b"ls pub\nnonsense\n", status=2)
        self.ferry("shell", self.url, stdin=b"ls pub\nget nothing &\nls pub\n", status=3)

    def lost(self, *words, **how):
        """The exit code of ferry with streams of another kind, and what it said where stderr is a pipe."""
        done = subprocess.run([support.FERRY, *words], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              timeout=30, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | how)
        self.said = (done.stderr or b"").decode()
        return done.returncode

    def test_output_that_cannot_be_written(self):
        listings = (["ls", self.url + "pub"], ["ls", "--json", self.url + "pub"], ["--help"], ["--version"],
                    ["help", "--man"], ["cat", self.url + "pub/a.txt"], ["find", self.url])
        with open("/dev/full", "w") as full:
            for words in listings:
                self.assertEqual(self.lost(*words, stdout=full), 12, words)
                self.assertIn("No space left on device", self.said)
                self.assertEqual(self.lost(*words, preexec_fn=lambda: os.close(1)), 12, words)
                self.assertIn("Bad file descriptor", self.said)
                reader, writer = os.pipe()
                os.close(reader)
                self.assertIn(self.lost(*words, stdout=writer), (12, -signal.SIGPIPE), words)
                os.close(writer)
                self.assertEqual(self.said, "")

    def test_errors_that_cannot_be_written(self):
        reader, writer = os.pipe()
        os.close(reader)
        with open("/dev/full", "w") as full:
            for how in ({"stderr": full}, {"stderr": writer}, {"preexec_fn": lambda: os.close(2)}):
                self.assertEqual(self.lost("get", self.url + "pub/a.txt", **how), 0)
                self.assertEqual((self.folder / "a.txt").read_bytes(), b"alpha\n")
                (self.folder / "a.txt").unlink()
                self.assertEqual(self.lost("get", self.url + "nothing", **how), 3)
            self.assertEqual(self.lost("nonsense", stderr=full), 2)
        os.close(writer)

    def test_ferryd_output_that_cannot_be_written(self):
        def ferryd(*words, **how):
            done = subprocess.run([support.FERRYD, *words], cwd=self.folder, stdin=subprocess.DEVNULL, timeout=30,
                                  **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how)
            self.said = (done.stderr or b"").decode()
            return done.returncode

        with open("/dev/full", "w") as full:
            for words in (["--man"], ["--help"], ["--version"], ["completion", "bash"]):
                self.assertEqual(ferryd(*words, stdout=full), 1)
                self.assertIn("No space left on device", self.said)
                self.assertEqual(ferryd(*words, preexec_fn=lambda: os.close(1)), 1)
            self.assertEqual(ferryd("serve", "/nope", stderr=full), 1)
        self.assertEqual(ferryd("srve", "x"), 2)
        self.assertIn("did you mean serve?", self.said)
        self.assertEqual(ferryd("--config", "x", "serve", "."), 2)
        self.assertEqual(ferryd("cert", "h"), 0)
        self.assertEqual(ferryd("serve", ".", "--certificate", "cert.pem"), 1)
        self.assertIn("--key", self.said)
        self.assertEqual(ferryd("serve", "[a,b]"), 1)
        self.assertIn("[a,b]: No such", self.said)

    def test_put_takes_names_as_they_are(self):
        for name in ("[x]", "x", "[a,b]", "a", "b", "++"):
            self.write(name, name.encode())
        self.ferry("put", "[x]", "[a,b]", "++", self.url + "pub/")
        for name in ("[x]", "[a,b]", "++"):
            self.assertEqual((self.root / "pub" / name).read_bytes(), name.encode())
        self.assertFalse((self.root / "pub/x").exists())

    def test_put_needs_a_name_for_standard_input(self):
        self.ferry("put", "-", self.url, stdin=b"x", status=2)
        self.ferry("put", "-", self.url + "named", stdin=b"x")
        self.assertEqual(sorted(os.listdir(self.root)), ["named", "pub"])

    def test_options_that_do_not_fit(self):
        self.ferry("get", "-r", "-o", "y", self.url + "pub", status=2)
        self.ferry("ls", "-6", self.url, status=2)
        self.ferry("ls", "-P", "nosuch0", self.url, status=2)
        self.ferry("ls", "--external-address", "nowhere", self.url, status=2)
        self.ferry("quote", self.url, "LIST", status=2)
        self.ferry("quote", self.url, "retr pub/a.txt", status=2)
        self.ferry("mv", self.url + "pub/a.txt", "ftp://127.0.0.2/a.txt", status=2)
        self.assertIn("ferry copy", self.said)

    def test_a_folder_needs_more(self):
        self.ferry("get", self.url + "pub", status=2)
        self.assertIn("-r", self.said)
        self.ferry("put", "served", self.url, status=12)
        self.assertIn("ferry mirror", self.said)

    def test_rm_shows_all_that_would_go(self):
        self.assertEqual(set(self.ferry("rm", "-r", "-n", self.url + "pub").decode().splitlines()),
                         {"pub/a.txt", "pub/b.txt", "pub/sub/c d", "pub/sub", "pub"})
        self.ferry("rm", "-n", self.url + "nothing", status=3)
        self.assertTrue((self.root / "pub/sub/c d").exists())

    def test_mirror_plans_for_a_folder_that_is_missing(self):
        out = self.ferry("mirror", "-n", self.url + "pub", "new").decode()
        self.assertIn("get    a.txt", out)
        self.assertFalse((self.folder / "new").exists())

    def test_pages_that_cannot_be_written(self):
        for words in (["get", "--trace", "/nope/x"], ["doctor", "--html", "/nope/x"]):
            self.ferry(*words, self.url + "pub/a.txt", status=12)
            self.assertIn("No such file or directory", self.said)
            self.assertNotIn("connect", self.said)
        self.ferry("get", "--trace", str(self.folder), self.url + "pub/a.txt", status=12)
        self.assertIn("Is a directory", self.said)
        self.assertFalse((self.folder / "a.txt").exists())

    def test_doctor_says_that_there_is_no_such_file(self):
        self.ferry("doctor", "--clear", self.url + "nope", status=3)
        self.assertIn("550", self.said)

    def test_help_and_completion(self):
        self.assertIn(b".TH FERRY 1", self.ferry("help", "--man"))
        self.assertIn(b"ferry get", self.ferry("help", "get"))
        self.assertEqual(self.ferry("get", "--help"), self.ferry("help", "get"))
        for shell in ("bash", "zsh", "fish"):
            self.assertIn(b"output", self.ferry("completion", shell))


if __name__ == "__main__":
    unittest.main()
