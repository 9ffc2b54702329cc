import contextlib
import ftplib
import io
import ssl

import tree

NEEDS = ["python3"]
UNABLE = {}
# By itself FTP_TLS resumes nothing.
TLS = [("explicit", "prefer"), ("explicit", "require")]


class Resuming(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        return self.context.wrap_socket(data, server_hostname=self.host, session=self.sock.session), size


def client(case):
    tls = case.server.tls
    if not tls:
        return ftplib.FTP(timeout=30, encoding="utf-8")
    kind = Resuming if tls.data_sessions == "require" else ftplib.FTP_TLS
    return kind(timeout=30, encoding="utf-8", context=ssl.create_default_context(cafile=tls.authority))


@contextlib.contextmanager
def session(case, folder="", *, passive=True):
    ftp = client(case)
    ftp.connect(case.server.host, case.server.port)
    ftp.login(case.server.user, case.server.password)
    if case.server.tls:
        ftp.prot_p()
    ftp.set_pasv(passive)
    ftp.cwd("/" + case.path(folder))
    with ftp:
        yield ftp


def content(ftp, name, rest=None):
    out = io.BytesIO()
    ftp.retrbinary(f"RETR {name}", out.write, rest=rest)
    return out.getvalue()


def get_tree(ftp, into):
    into.mkdir()
    for name, facts in list(ftp.mlsd()):
        if facts["type"] == "dir":
            ftp.cwd(name)
            get_tree(ftp, into / name)
            ftp.cwd("..")
        elif facts["type"] == "file":
            (into / name).write_bytes(content(ftp, name))


def put_tree(ftp, source):
    for path in source.iterdir():
        if path.is_dir():
            ftp.mkd(path.name)
            ftp.cwd(path.name)
            put_tree(ftp, path)
            ftp.cwd("..")
        else:
            with open(path, "rb") as file:
                ftp.storbinary(f"STOR {path.name}", file)


def check_get_tree(case):
    source = case.served_tree()
    with session(case, "tree") as ftp:
        get_tree(ftp, case.work / "got")
    case.same(source, case.work / "got")


def check_get_tree_active(case):
    source = case.served_tree()
    with session(case, "tree", passive=False) as ftp:
        get_tree(ftp, case.work / "got")
    case.same(source, case.work / "got")


def check_put_tree(case):
    source = case.local_tree()
    with session(case) as ftp:
        ftp.mkd("tree")
        ftp.cwd("tree")
        put_tree(ftp, source)
    case.same(source, case.remote / "tree")


def check_facts(case):
    source = case.served_tree()
    with session(case, "tree") as ftp:
        told = {name: facts for name, facts in ftp.mlsd(facts=["type", "size", "modify"])}
        for path in source.iterdir():
            case.equal("dir" if path.is_dir() else "file", told[path.name]["type"])
            if path.is_file():
                case.equal(str(path.stat().st_size), told[path.name]["size"])
                case.equal("20200913122640", told[path.name]["modify"])
        ftp.voidcmd("TYPE I")
        case.equal(4 << 20, ftp.size("4 MiB"))
        case.equal("213 20200913122640", ftp.sendcmd("MDTM 4 MiB"))
        one = ftp.sendcmd("MLST plain.txt").splitlines()
        case.equal(True, one[0].startswith("250-") and "size=6;" in one[1].lower() and one[1].endswith("plain.txt"))


def check_names(case):
    source = case.served_tree()
    wanted = {path.name for path in source.iterdir() if not path.name.startswith(".")}
    with session(case, "tree") as ftp:
        case.equal(wanted, {name for name in ftp.nlst() if not name.startswith(".")})
        lines = []
        ftp.dir(lines.append)
        for name in wanted:
            case.equal(True, any(line.endswith(" " + name) for line in lines))


def check_resume_down(case):
    source = case.served_tree()
    whole = (source / "4 MiB").read_bytes()
    with session(case, "tree") as ftp:
        for offset in (1, 65536, len(whole) - 1, len(whole)):
            case.equal(whole[offset:], content(ftp, "4 MiB", rest=offset))
        case.equal(whole, content(ftp, "4 MiB"))  # the offset was for one transfer


def check_resume_up(case):
    whole = tree.FILES["4 MiB"]
    with session(case) as ftp:
        ftp.storbinary("STOR up", io.BytesIO(whole[:1000000]))
        ftp.storbinary("STOR up", io.BytesIO(whole[900000:]), rest=900000)
        case.equal(whole, (case.remote / "up").read_bytes())
        ftp.storbinary("APPE up", io.BytesIO(b"more"))
        case.equal(whole + b"more", (case.remote / "up").read_bytes())


def check_rename_and_remove(case):
    source = case.served_tree()
    with session(case, "tree") as ftp:
        case.equal(f"/{case.path('tree')}", ftp.pwd())
        ftp.rename("plain.txt", "nested/moved")
        case.equal(b"hello\n", (source / "nested/moved").read_bytes())
        ftp.delete('quote"inside')
        case.equal(f"/{case.path('tree')}/made \"so\"", ftp.mkd('made "so"'))
        ftp.cwd('made "so"')
        case.equal(f"/{case.path('tree')}/made \"so\"", ftp.pwd())
        ftp.cwd("..")
        ftp.rmd('made "so"')
        for line in ("DELE absent", "RMD nested", "RNFR absent", "CWD plain.txt", "SIZE absent"):
            with contextlib.suppress(ftplib.error_perm):
                ftp.sendcmd(line)
                raise AssertionError(f"{line} was allowed")
    case.equal((False, False, True), tuple((source / name).exists() for name in ("plain.txt", 'quote"inside', "nested")))


def check_overwrite(case):
    with session(case) as ftp:
        for text in (b"the longer first text", b"short", b""):
            ftp.storbinary("STOR same", io.BytesIO(text))
            case.equal(text, (case.remote / "same").read_bytes())


def check_text(case):
    with session(case) as ftp:
        ftp.storlines("STOR text", io.BytesIO(b"one\ntwo\nthree"))
        case.equal([b"one", b"two", b"three"], (case.remote / "text").read_bytes().split(b"\n")[:3])
        lines = []
        ftp.retrlines("RETR text", lines.append)
        case.equal(["one", "two", "three"], lines)


def check_unique(case):
    with session(case) as ftp:
        for _ in range(3):
            ftp.storbinary("STOU", io.BytesIO(b"unique"))
    case.equal([b"unique"] * 3, [path.read_bytes() for path in case.remote.iterdir()])


def check_abort(case):
    path = case.remote / "endless"
    with open(path, "wb") as file:
        file.truncate(1 << 30)
    case.give_to_server(case.remote)
    with session(case) as ftp:
        ftp.voidcmd("TYPE I")
        data = ftp.transfercmd("RETR endless")
        data.recv(1000)
        said = ftp.abort()  # sent as urgent data
        data.close()
        case.equal(True, said[:3] in ("426", "225", "226"))
        if said.startswith("426"):
            case.equal("226", ftp.getmultiline()[:3])
        case.equal("200", ftp.sendcmd("NOOP")[:3])


def check_refused_login(case):
    ftp = client(case)
    ftp.connect(case.server.host, case.server.port)
    with ftp, contextlib.suppress(ftplib.error_perm):
        ftp.login(case.server.user, "wrong")
        raise AssertionError("a wrong password was accepted")


def check_big(case):
    source = case.big(case.work / "source")
    with session(case) as ftp:
        with open(source, "rb") as file:
            ftp.storbinary("STOR big", file, blocksize=1 << 20)
        case.same_big(source, case.remote / "big")
        case.equal(tree.BIG, ftp.size("big"))
        for mark in tree.MARKS:
            case.equal(b"%8d" % (mark % 10**8), _first_bytes(ftp, "big", mark))


def _first_bytes(ftp, name, offset, count=8):
    """What stands at an offset; the rest of the file is not taken."""
    ftp.voidcmd("TYPE I")
    data = ftp.transfercmd(f"RETR {name}", rest=offset)
    out = b""
    while len(out) < count:
        out += data.recv(count - len(out))
    data.close()
    with contextlib.suppress(ftplib.error_temp, ftplib.error_perm):  # 426: the connection was closed early
        ftp.voidresp()
    return out
