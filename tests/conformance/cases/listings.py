"""LIST, NLST, STAT with a path, MLSD, MLST."""
import re

from battery import MAY, MUST, SHOULD, case
from ftp import REFUSED, Failed, NotOffered, entry_of, lines_of

MLSX = "RFC 3659 §7"


def filled(t):
    """A folder with two files and a folder, and a session in it."""
    t.put("one.txt", b"1")
    t.put("two words", b"22")
    t.mkdir("sub")
    t.put("sub/inner", b"333")
    return t.image()


def named(c, line):
    """The names of NLST; . and .. are no concern of most cases."""
    return set(lines_of(c.download(line))) - {".", ".."}


# --- LIST ------------------------------------------------------------------------------------------------------------


@case("list", "RFC 959 §4.1.3, §5.4", MUST, "LIST is answered 125 or 150, then 226 or 250, and names what is in the folder")
def _(t):
    listed = filled(t).download("LIST").decode()
    for name in ("one.txt", "two words", "sub"):
        t.true(any(line.endswith(name) for line in lines_of(listed.encode())), f"no line ends with {name!r}: {listed!r}")
    t.true("inner" not in listed, "what is in the folder below is listed, too")


@case("list.line-ends", "RFC 1123 §4.1.2.7", SHOULD, "A listing is text with CR LF, also in type I")
def _(t):
    listed = filled(t).download("LIST")
    t.true(listed, "nothing is listed")
    for line in listed.splitlines(keepends=True):
        t.true(line.endswith(b"\r\n"), f"ends {line[-4:]!r}")


@case("list.keeps-type", "RFC 1123 §4.1.2.7", MUST, "A listing does not change the type for the transfer behind it")
def _(t):
    t.put("file", b"one\ntwo\n")
    c = t.image()
    c.download("LIST")
    t.equal(b"one\ntwo\n", c.download("RETR file"), "the file")


@case("list.folder", "RFC 959 §4.1.3", MUST, "LIST of a folder names what is in that one")
def _(t):
    listed = lines_of(filled(t).download("LIST sub"))
    t.true(any(line.endswith("inner") for line in listed), f"no inner in {listed}")
    t.true(not any(line.endswith("one.txt") for line in listed), f"one.txt in {listed}")


@case("list.file", "RFC 959 §4.1.3", MUST, "LIST of a file is about that file alone")
def _(t):
    listed = lines_of(filled(t).download("LIST one.txt"))
    t.true(len(listed) == 1 and listed[0].endswith("one.txt"), f"it is {listed}")


@case("list.spaces", "RFC 959 §5.3.2", SHOULD, "LIST takes a path with a space in it")
def _(t):
    listed = lines_of(filled(t).download("LIST two words"))
    t.true(len(listed) == 1 and listed[0].endswith("two words"), f"it is {listed}")


@case("list.empty", "RFC 959 §5.4", MUST, "LIST of an empty folder is a data connection without an entry, and 226 or 250")
def _(t):
    listed = [line for line in lines_of(t.image().download("LIST"))
              if not line.startswith("total") and not line.endswith((" .", " .."))]
    t.equal([], listed, "lines")


@case("list.missing", "RFC 959 §5.4", SHOULD, "LIST of what is not there is answered 450 or 550")
def _(t):
    t.image().refused_data("LIST nowhere", 450, 550)


@case("list.options", "in use, unspecified", MAY, "LIST -la, as many clients send it, lists the folder")
def _(t):
    listed = lines_of(filled(t).download("LIST -la"))
    t.true(any(line.endswith("one.txt") for line in listed), f"no one.txt in {listed}")


@case("list.ls-form", "in use, unspecified", MAY, "Lines of LIST have the form of ls -l, which programs can read")
def _(t):
    listed = lines_of(filled(t).download("LIST"))
    t.true(len(listed) >= 3, f"it is {listed}")
    for line in listed:
        form = r"total \d+|[-dl][-rwxsStT]{9}[.+@]?\s+\d+ \S+\s+\S+\s+\d+ [A-Z][a-z]{2}\s+\d{1,2}\s+(\d{1,2}:\d\d|\d{4}) .+"
        t.true(re.fullmatch(form, line), f"not of that form: {line!r}")


@case("list.many", "RFC 959 §4.1.3", MUST, "A folder with 300 files is listed whole")
def _(t):
    c = t.image()
    for number in range(300):
        c.expect(f"MKD folder-{number:03}", 257)
    t.equal({f"folder-{number:03}" for number in range(300)}, named(c, "NLST"), "the names")
    for number in range(300):
        c.expect(f"RMD folder-{number:03}", 250)


# --- NLST ------------------------------------------------------------------------------------------------------------


@case("nlst", "RFC 1123 §4.1.2.7", MUST, "NLST gives names, one a line, and nothing else")
def _(t):
    t.equal({"one.txt", "sub", "two words"}, named(filled(t), "NLST"), "the names")


@case("nlst.line-ends", "RFC 959 §4.1.3", MUST, "Names of NLST end with CR LF, or NL in type E")
def _(t):
    t.equal({b"\r\n"}, {line[-2:] for line in filled(t).download("NLST").splitlines(keepends=True)}, "line ends")


@case("nlst.usable", "RFC 1123 §4.1.2.7", MUST, "Names of NLST of another folder are good for RETR as they are")
def _(t):
    c = filled(t)
    names = [name for name in named(c, "NLST sub") if not name.endswith(("/.", "/.."))]
    t.equal(1, len(names), "the number of names")
    t.equal(b"333", c.download("RETR " + names[0]), "the file")


@case("nlst.empty", "RFC 959 §5.4", MUST, "NLST of an empty folder gives no name: 226, 250, 450 or 550")
def _(t):
    c = t.image()
    data = c.passive()
    answer = c.expect("NLST", 125, 150, 450, 550)
    if answer.code in (125, 150):
        t.equal(set(), set(lines_of(data.start().receive_all())) - {".", ".."}, "the names")
        data.close()
        c.reply(226, 250, 450, 550)


@case("nlst.missing", "RFC 959 §5.4", SHOULD, "NLST of what is not there is answered 450 or 550")
def _(t):
    t.image().refused_data("NLST nowhere", 450, 550)


@case("nlst.file", "RFC 959 §4.1.3", MAY, "NLST of a file gives its name, or is refused")
def _(t):
    c = filled(t)
    data = c.passive()
    if c.expect("NLST one.txt", 125, 150, 450, 501, 550).code in (125, 150):
        t.equal(["one.txt"], lines_of(data.start().receive_all()), "the names")
        data.close()
        c.reply(226, 250)


@case("nlst.pattern", "in use, unspecified", MAY, "NLST *.txt gives the names that match")
def _(t):
    c = filled(t)
    data = c.passive()
    answer = c.ask("NLST *.txt")
    if answer.code not in (125, 150):
        raise NotOffered(str(answer))
    t.equal(["one.txt"], lines_of(data.start().receive_all()), "the names")
    data.close()
    c.reply(226, 250)


# --- STAT ------------------------------------------------------------------------------------------------------------


@case("stat.folder", "RFC 959 §4.1.3", SHOULD, "STAT of a folder lists it over the control connection: 211, 212 or 213")
def _(t):
    c = filled(t)
    answer = c.expect(b"STAT " + t.path(""), 211, 212, 213)
    t.true("one.txt" in answer.text and "two words" in answer.text, f"not all names in: {answer}")
    c.in_step()


@case("stat.file", "RFC 959 §4.1.3", SHOULD, "STAT of a file is answered 211, 212 or 213 and names it")
def _(t):
    c = filled(t)
    answer = c.expect("STAT one.txt", 211, 212, 213)
    t.true("one.txt" in answer.text, f"not in: {answer}")


@case("stat.missing", "RFC 959 §5.4", SHOULD, "STAT of what is not there is answered 450 or 550")
def _(t):
    t.login().expect("STAT nowhere", 450, 550)


# --- MLST ------------------------------------------------------------------------------------------------------------


def mlst(c, path=""):
    """The one entry of MLST."""
    answer = c.offered(f"MLST {path}".strip(), 250)
    if len(answer.lines) != 3:
        raise Failed(f"a reply of {len(answer.lines)} lines, not 3: {answer}")
    inside = answer.bodies()[0]
    if not inside.startswith(" "):
        raise Failed(f"the entry does not begin with a space: {inside!r}")
    return entry_of(inside[1:])


def mlsd(c, path=""):
    return [entry_of(line) for line in lines_of(c.download(f"MLSD {path}".strip(), optional=True))]


@case("mlst.form", MLSX + ".2", MUST, "MLST is answered 250 with one line of a space, facts, a space and the path")
def _(t):
    c = filled(t)
    t.true(mlst(c, "one.txt").name.endswith("one.txt"), "not the file's name")
    c.in_step()


@case("mlst.path", MLSX + ".2, §7.3", SHOULD, "The path of MLST is whole, or the one that was asked for")
def _(t):
    c = filled(t)
    t.true(mlst(c, "sub/inner").name in (t.folder + "/sub/inner", "sub/inner"), "another path")


@case("mlst.current", MLSX + ".1", MUST, "MLST without a path is about the current folder")
def _(t):
    entry = mlst(filled(t))
    t.true(entry.facts.get("type") in ("dir", "cdir"), f"its type is {entry.facts.get('type')}")


@case("mlst.type", MLSX + ".5.1", MUST, "The type of a file is file, that of a folder dir")
def _(t):
    c = filled(t)
    t.equal("file", mlst(c, "one.txt").facts.get("type", "").lower(), "the type of a file")
    t.equal("dir", mlst(c, "sub").facts.get("type", "").lower(), "the type of a folder")


@case("mlst.size", MLSX + ".5.7", MUST, "The size of a file is that of what RETR sends in type I")
def _(t):
    c = filled(t)
    t.equal("2", mlst(c, "two words").facts.get("size"), "the size")


@case("mlst.modify", MLSX + ".5.3", MUST, "The time in modify has 14 digits, and is that of MDTM")
def _(t):
    c = filled(t)
    modify = mlst(c, "one.txt").facts.get("modify", "")
    t.true(re.fullmatch(r"\d{14}(\.\d+)?", modify), f"modify is {modify!r}")
    answer = c.ask("MDTM one.txt")
    if answer.code == 213:
        t.equal(answer.text[4:18], modify[:14], "MDTM and modify")


@case("mlst.perm", MLSX + ".5.5", SHOULD, "The letters in perm are those of the RFC")
def _(t):
    c = filled(t)
    for name in ("one.txt", "sub"):
        facts = mlst(c, name).facts
        if "perm" not in facts:
            raise NotOffered("no perm")
        t.true(re.fullmatch("[acdeflmprw]*", facts["perm"]), f"perm is {facts['perm']!r}")


@case("mlst.perm-true", MLSX + ".5.5", SHOULD,
      "What perm says can be done, can be done: r, w, a, f, d of a file of the user's own")
def _(t):
    c = filled(t)
    perm = mlst(c, "one.txt").facts.get("perm")
    if perm is None:
        raise NotOffered("no perm")
    t.true({"r", "w", "d", "f"} <= set(perm), f"of a file of the user's own, perm is {perm!r}")
    perm = mlst(c, "sub").facts.get("perm", "")
    t.true({"c", "e", "l", "m"} <= set(perm), f"of a folder of the user's own, perm is {perm!r}")


@case("mlst.unique", MLSX + ".5.2", SHOULD, "unique is the same for one file, whatever the path, and not for another")
def _(t):
    c = filled(t)
    one = mlst(c, "one.txt").facts.get("unique")
    if one is None:
        raise NotOffered("no unique")
    t.equal(one, mlst(c, "sub/../one.txt").facts["unique"], "unique, by two paths")
    t.true(one != mlst(c, "two words").facts["unique"], "two files, one unique")


@case("mlst.missing", MLSX + ".2.1", MUST, "MLST of what is not there is answered 550")
def _(t):
    c = filled(t)
    mlst(c)
    c.expect("MLST nowhere", 550)


@case("mlst.feat", MLSX + ".8", MUST, "FEAT names MLST with its facts; those in use have a star")
def _(t):
    c = filled(t)
    facts = facts_in_feat(c)
    in_use = set(mlst(c, "one.txt").facts) | set(mlst(c, "sub").facts)
    t.true(in_use <= {fact for fact, star in facts.items() if star}, f"in use are {in_use}, with a star {facts}")


def facts_in_feat(c):
    """{fact: whether it has a star}"""
    for line in c.offered("FEAT", 211).bodies():
        word, _, rest = line.strip().partition(" ")
        if word.upper() == "MLST":
            if not re.fullmatch(r"(?:[^;* ]+\*?;)*", rest):
                raise Failed(f"not a list of facts: {line!r}")
            return {fact.rstrip("*").lower(): fact.endswith("*") for fact in rest.split(";")[:-1]}
    c.offered("MLST", 250)
    raise Failed("MLST works, but FEAT does not name it")


@case("mlst.opts", MLSX + ".9", MUST, "OPTS MLST chooses the facts of MLST and MLSD, and says which it took")
def _(t):
    c = filled(t)
    mlst(c)
    answer = c.offered("OPTS MLST size;type;", 200)
    taken = answer.text[4:].strip()
    t.true(re.fullmatch(r"(?i)MLST OPTS (size;type;|type;size;)", taken), f"it says {taken!r}")
    t.equal({"size", "type"}, set(mlst(c, "one.txt").facts), "the facts of MLST")
    entries = mlsd(c)
    t.true(len(entries) >= 3, f"MLSD has {entries}")
    for entry in entries:
        t.true(set(entry.facts) <= {"size", "type"}, f"MLSD has {entry.facts}")


@case("mlst.opts-unknown", MLSX + ".9", MUST, "OPTS MLST leaves out facts that the server does not have")
def _(t):
    c = filled(t)
    mlst(c)
    answer = c.offered("OPTS MLST nonsense;type;", 200)
    t.true("nonsense" not in answer.text.lower(), f"it says {answer}")
    t.equal({"type"}, set(mlst(c, "one.txt").facts), "the facts")


@case("mlst.opts-none", MLSX + ".9", MUST, "OPTS MLST without facts leaves none: a space, and the name")
def _(t):
    c = filled(t)
    mlst(c)
    c.offered("OPTS MLST", 200)
    t.equal({}, mlst(c, "one.txt").facts, "the facts")


@case("mlst.opts-feat", MLSX + ".8", SHOULD, "After OPTS MLST, the stars in FEAT are those of the facts chosen")
def _(t):
    c = filled(t)
    mlst(c)
    c.offered("OPTS MLST type;", 200)
    t.equal({"type"}, {fact for fact, star in facts_in_feat(c).items() if star}, "facts with a star")


# --- MLSD ------------------------------------------------------------------------------------------------------------


@case("mlsd", MLSX, MUST, "MLSD gives a line of facts and a name for each entry, ended with CR LF")
def _(t):
    c = filled(t)
    listed = c.download("MLSD", optional=True)
    t.true(listed.endswith(b"\r\n") and listed.count(b"\n") == listed.count(b"\r\n"), "lines do not end with CR LF")
    entries = {entry.name: entry.facts for entry in map(entry_of, lines_of(listed))
               if entry.facts.get("type", "").lower() not in ("cdir", "pdir")}
    t.equal({"one.txt", "two words", "sub"}, set(entries), "the names")
    t.equal("dir", entries["sub"].get("type", "").lower(), "the type of the folder")
    t.equal("2", entries["two words"].get("size"), "the size of a file")


@case("mlsd.path", MLSX + ".2", MUST, "MLSD of another folder gives names without the folder in front")
def _(t):
    c = filled(t)
    names = [entry.name for entry in mlsd(c, "sub") if entry.facts.get("type", "").lower() not in ("cdir", "pdir")]
    t.equal(["inner"], names, "the names")


@case("mlsd.file", MLSX + ".2.1", MUST, "MLSD of a file is refused with 501")
def _(t):
    c = filled(t)
    mlsd(c)
    c.refused_data("MLSD one.txt", 501)


@case("mlsd.missing", MLSX + ".2.1", MUST, "MLSD of what is not there is refused with 550 or 501")
def _(t):
    c = filled(t)
    mlsd(c)
    c.refused_data("MLSD nowhere", 550, 501)


@case("mlsd.empty", MLSX, MUST, "MLSD of an empty folder has at most lines of the folder itself and of its parent")
def _(t):
    entries = mlsd(t.image())
    t.equal([], [entry for entry in entries if entry.facts.get("type", "").lower() not in ("cdir", "pdir")], "entries")


@case("mlsd.same-as-mlst", MLSX, SHOULD, "The facts of one file are the same in MLSD and MLST")
def _(t):
    c = filled(t)
    of_list = {entry.name: entry.facts for entry in mlsd(c)}
    t.equal(of_list["one.txt"], mlst(c, "one.txt").facts, "MLSD and MLST")


@case("mlsd.type-a", MLSX + ".3", MUST, "MLSD is the same in type A as in type I")
def _(t):
    c = filled(t)
    c.expect("TYPE I", 200)
    image = sorted(c.download("MLSD", optional=True).splitlines())
    t.true(len(image) >= 3, f"it is {image}")
    c.expect("TYPE A", 200)
    t.equal(image, sorted(c.download("MLSD", c.passive()).splitlines()), "the listing")


@case("mlsd.odd-names", MLSX + ".2; RFC 2640 §2.1", MUST,
      "Names with spaces, semicolons and letters of other scripts come whole")
def _(t):
    names = {" leading", "size=9; x", "日本 Ω"}
    for name in names:
        t.put(name)
    found = {entry.name for entry in mlsd(t.image()) if entry.facts.get("type", "").lower() == "file"}
    t.equal(names, found, "the names")


@case("mlsx.before-login", MLSX, MUST, "MLST before the login tells nothing")
def _(t):
    c = t.connect()
    c.expect("MLST", "5xx")
    t.login().offered("MLST", 250, refusals=REFUSED)
