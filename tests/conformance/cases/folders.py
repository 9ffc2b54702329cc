"""CWD, CDUP, PWD, MKD, RMD and their X forms."""
from battery import MAY, MUST, SHOULD, case, quoted
from ftp import Failed

X_SECTION = "RFC 1123 §4.1.3.1"


def where(c):
    return quoted(c.expect("PWD", 257))


@case("pwd", "RFC 959 appendix II", MUST, 'PWD is answered 257 and the path in quotes')
def _(t):
    t.equal(t.folder, where(t.login()), "the folder")


@case("cwd", "RFC 959 §4.1.1", MUST, "CWD is answered 250 and leads into the folder")
def _(t):
    t.mkdir("sub")
    c = t.login()
    c.expect("CWD sub", 250)
    t.equal(t.folder + "/sub", where(c), "the folder")


@case("cwd.absolute", "RFC 959 §4.1.1", MUST, "CWD takes the path that PWD gave")
def _(t):
    t.mkdir("sub")
    c = t.login()
    c.expect("CWD sub", 250)
    path = where(c)
    c.expect("CDUP", 200, 250)
    c.expect("CWD " + path, 250)
    t.equal(path, where(c), "the folder")


@case("cwd.nested", "RFC 3659 §6 (TVFS)", SHOULD, "CWD takes several names with slashes between them")
def _(t):
    for name in ("a", "a/b", "a/b/c"):
        t.mkdir(name)
    c = t.login()
    c.expect("CWD a/b/c", 250)
    t.equal(t.folder + "/a/b/c", where(c), "the folder")


@case("cwd.dots", "RFC 3659 §6 (TVFS)", SHOULD, "In paths, . is the folder itself and .. the one above")
def _(t):
    t.mkdir("a")
    t.mkdir("b")
    c = t.login()
    c.expect("CWD a/../b/.", 250)
    t.equal(t.folder + "/b", where(c), "the folder")
    c.expect("CWD ..", 250)
    t.equal(t.folder, where(c), "the folder")


@case("cwd.slashes", "RFC 3659 §6.2.1 (TVFS)", SHOULD, "A slash at the end of a folder's path changes nothing")
def _(t):
    t.mkdir("a")
    c = t.login()
    c.expect("CWD a/", 250)
    t.equal(t.folder + "/a", where(c), "the folder")


@case("cwd.missing", "RFC 959 §5.4", MUST, "CWD to what is not there is answered 550, and the folder stays")
def _(t):
    c = t.login()
    c.expect("CWD nowhere", 550)
    t.equal(t.folder, where(c), "the folder")


@case("cwd.file", "RFC 959 §5.4", MUST, "CWD to a file is answered 550")
def _(t):
    t.put("file")
    t.login().expect("CWD file", 550)


@case("cwd.without-path", "RFC 959 §5.4", SHOULD, "CWD without a path is an error in syntax")
def _(t):
    t.login().expect("CWD", 500, 501)


@case("cwd.each-its-own", "RFC 959 §4.1.1", MUST, "The folder of one session is not that of another")
def _(t):
    t.mkdir("a")
    one, other = t.login(), t.login()
    one.expect("CWD a", 250)
    t.equal(t.folder, where(other), "the other's folder")


@case("cdup", "RFC 959 §4.1.1", MUST, "CDUP is answered 200 or 250 and leads to the folder above")
def _(t):
    t.mkdir("a")
    c = t.login()
    c.expect("CWD a", 250)
    c.expect("CDUP", 200, 250)
    t.equal(t.folder, where(c), "the folder")


@case("cdup.top", "RFC 959 §4.1.1", MUST, "CDUP at the top stays there, or is refused with 550")
def _(t):
    c = t.login()
    for _ in range(t.folder.count("/") + 3):
        c.expect("CDUP", 200, 250, 550)
    t.equal("/", where(c), "the folder")


@case("mkd", "RFC 959 §4.1.3", MUST, "MKD is answered 257 and makes a folder")
def _(t):
    c = t.login()
    c.expect("MKD new", 257)
    c.expect("CWD new", 250)


@case("mkd.reply", "RFC 959 appendix II", MUST, "The path in the reply to MKD is in quotes, and good for CWD from anywhere")
def _(t):
    c = t.login()
    path = quoted(c.expect("MKD new", 257))
    c.expect("CWD /", 250)
    c.expect("CWD " + path, 250)
    t.equal(t.folder + "/new", where(c), "the folder")


@case("mkd.exists", "RFC 959 §5.4, appendix II", MUST, "MKD of what exists is refused with 550 or 521")
def _(t):
    t.mkdir("old")
    t.put("file")
    c = t.login()
    c.expect("MKD old", 550, 521)
    c.expect("MKD file", 550, 521)


@case("mkd.nowhere", "RFC 959 §5.4", MUST, "MKD inside a folder that is not there is answered 550")
def _(t):
    t.login().expect("MKD nowhere/new", 550)


@case("mkd.without-path", "RFC 959 §5.4", SHOULD, "MKD without a path is an error in syntax")
def _(t):
    t.login().expect("MKD", 500, 501)


@case("mkd.quotes", "RFC 959 appendix II", MUST, "A quote in a name is doubled in the reply to MKD")
def _(t):
    answer = t.login().expect("MKD " + t.will_make('a"b'), 257)
    t.true('a""b"' in answer.text, f'no a""b in: {answer}')


@case("pwd.quotes", "RFC 959 appendix II", MUST, "A quote in a name is doubled in the reply to PWD")
def _(t):
    t.mkdir('a"b')
    c = t.login()
    c.expect('CWD a"b', 250)
    answer = c.expect("PWD", 257)
    t.true(f'"{t.folder}/a""b"' in answer.text, f'no a""b in: {answer}')


@case("rmd", "RFC 959 §4.1.3", MUST, "RMD is answered 250 and removes a folder")
def _(t):
    t.mkdir("old")
    c = t.login()
    c.expect("RMD old", 250)
    c.expect("CWD old", 550)


@case("rmd.missing", "RFC 959 §5.4", MUST, "RMD of what is not there is answered 550")
def _(t):
    t.login().expect("RMD nowhere", 550)


@case("rmd.full", "RFC 959 §5.4", MUST, "RMD of a folder with something in it is refused with 550, and removes nothing")
def _(t):
    t.mkdir("full")
    t.put("full/file", b"kept")
    t.login().expect("RMD full", 550)
    t.equal(b"kept", t.get("full/file"), "the file in it")


@case("rmd.file", "RFC 959 §5.4", MUST, "RMD of a file is refused with 550, and the file stays")
def _(t):
    t.put("file", b"kept")
    t.login().expect("RMD file", 550)
    t.equal(b"kept", t.get("file"), "the file")


@case("rmd.without-path", "RFC 959 §5.4", SHOULD, "RMD without a path is an error in syntax")
def _(t):
    t.login().expect("RMD", 500, 501)


@case("x.xpwd", X_SECTION, SHOULD, "XPWD is the same as PWD")
def _(t):
    t.equal(t.folder, quoted(t.login().offered("XPWD", 257)), "the folder")


@case("x.xmkd", X_SECTION, SHOULD, "XMKD is the same as MKD")
def _(t):
    t.login().offered("XMKD new", 257)
    t.equal([b"new"], t.names(), "names in the folder")


@case("x.xcwd", X_SECTION, SHOULD, "XCWD is the same as CWD")
def _(t):
    t.mkdir("a")
    c = t.login()
    c.offered("XCWD a", 250)
    t.equal(t.folder + "/a", where(c), "the folder")


@case("x.xcup", X_SECTION, SHOULD, "XCUP is the same as CDUP")
def _(t):
    t.mkdir("a")
    c = t.login()
    c.expect("CWD a", 250)
    c.offered("XCUP", 200, 250)
    t.equal(t.folder, where(c), "the folder")


@case("x.xrmd", X_SECTION, SHOULD, "XRMD is the same as RMD")
def _(t):
    t.mkdir("a")
    t.login().offered("XRMD a", 250)
    t.equal([], t.names(), "names in the folder")


@case("folders.deep", "RFC 3659 §6 (TVFS)", SHOULD, "Twenty folders inside one another can be made, entered and left")
def _(t):
    c = t.login()
    for depth in range(20):
        c.expect(f"MKD level-{depth}", 257)
        c.expect(f"CWD level-{depth}", 250)
    t.true(where(c).endswith("/level-18/level-19"), "the path does not end with the last two")
    for _ in range(20):
        c.expect("CDUP", 200, 250)
    t.equal(t.folder, where(c), "the folder")


@case("folders.removed-under", "RFC 959 §5.4", MAY, "A session whose folder is removed by another is still answered")
def _(t):
    t.mkdir("a")
    c = t.login()
    c.expect("CWD a", 250)
    other = t.login()
    if other.ask("RMD a").code != 250:
        raise Failed("the folder cannot be removed while another session is in it")
    c.expect("PWD", 257, "5xx")
    c.expect("MKD new", "4xx", "5xx")
    c.expect("CWD " + t.folder, 250)
