import functools

NEEDS = ["rclone"]
UNABLE = {"trailing space ": "rclone writes another sign for a space at the end of a name"}
# Its connections share what they resume: a data connection may then resume another one's session.
TLS = [("explicit", "prefer"), ("implicit", "prefer")]


@functools.cache
def obscured(password):
    import subprocess

    return subprocess.run(["rclone", "obscure", password], capture_output=True, text=True, check=True).stdout.strip()


def rclone(case, *arguments):
    server = case.server
    tls = server.tls
    login = [f"--ftp-host={server.host}", f"--ftp-port={server.port}", f"--ftp-user={server.user}",
             f"--ftp-pass={obscured(server.password)}"]
    if tls:
        login.append(f"--ftp-{tls.how}-tls" if tls.how == "explicit" else "--ftp-tls")
        case.environment["SSL_CERT_FILE"] = str(tls.authority)
    return case.run("rclone", "--config=", "--retries=1", *login, *arguments)


def check_copy_down(case):
    source, into = case.served_tree(), case.work / "got"
    rclone(case, "copy", "--create-empty-src-dirs", f":ftp:{case.path('tree')}", into)
    case.same(source, into)
    rclone(case, "check", "--download", f":ftp:{case.path('tree')}", into)


def check_copy_up(case):
    source = case.local_tree()
    rclone(case, "copy", "--create-empty-src-dirs", source, f":ftp:{case.path('tree')}")
    case.same(source, case.remote / "tree")
    rclone(case, "check", "--download", source, f":ftp:{case.path('tree')}")


def check_sync_removes(case):
    source = case.served_tree()
    into = case.folder("keep")
    (into / "only").write_bytes(b"this")
    rclone(case, "sync", into, f":ftp:{case.path('tree')}")
    case.equal(["only"], sorted(path.name for path in source.rglob("*") if path.is_file()))


def check_move(case):
    source = case.served_tree()
    rclone(case, "moveto", f":ftp:{case.path('tree/plain.txt')}", f":ftp:{case.path('tree/nested/moved')}")
    case.equal(b"hello\n", (source / "nested/moved").read_bytes())
    case.equal(False, (source / "plain.txt").exists())
