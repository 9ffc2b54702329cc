"""Names that are not just letters: each is stored, listed, read, renamed and deleted."""
from battery import MUST, SHOULD, case, quoted
from ftp import lines_of

PATHNAMES = "RFC 959 §5.3.2; RFC 3659 §2.2"
NAMES = [
    ("space", "two  words", "spaces inside", PATHNAMES, MUST),
    ("leading-space", " leading", "a space in front", PATHNAMES, SHOULD),
    ("trailing-space", "trailing ", "a space behind", PATHNAMES, SHOULD),
    ("quote", 'a"b', "a quote", PATHNAMES, MUST),
    ("quoted", '"a"', "quotes around it", PATHNAMES, MUST),
    ("leading-dash", "-la", "a dash in front", PATHNAMES, SHOULD),
    ("utf-8", "Grüße-Ω-日本", "letters of several scripts", "RFC 2640 §2.1", MUST),
    ("utf-8-four", "ship-🚢", "a character of four bytes", "RFC 2640 §2.1", MUST),
    ("utf-8-composed", "e\u0301 and \u00e9", "composed and decomposed letters", "RFC 2640 §2.2", SHOULD),
    ("long", "n" * 255, "255 bytes", PATHNAMES, SHOULD),
    ("backslash", "a\\b", "a backslash", PATHNAMES, SHOULD),
    ("star", "a*b", "a star", PATHNAMES, SHOULD),
    ("question", "a?b", "a question mark", PATHNAMES, SHOULD),
    ("brackets", "a[bc]d", "brackets", PATHNAMES, SHOULD),
    ("braces", "a{b,c}d", "braces", PATHNAMES, SHOULD),
    ("tilde", "~root", "a tilde in front", PATHNAMES, SHOULD),
    ("semicolon", "type=dir; x", "what looks like a fact", "RFC 3659 §7.2", SHOULD),
    ("dots", "..a", "two dots in front", PATHNAMES, SHOULD),
    ("three-dots", "...", "three dots and nothing else", PATHNAMES, SHOULD),
    ("percent", "a%20%s%n", "percent signs", PATHNAMES, SHOULD),
    ("dollar", "$HOME;`id`|x&", "characters that shells take amiss", PATHNAMES, SHOULD),
    ("verb", "RETR file", "the words of a command", PATHNAMES, SHOULD),
    ("digits", "226 Done", "the look of a reply", PATHNAMES, SHOULD),
    ("cr", "a\rb", "a CR, sent as CR NUL", "RFC 2640 §3.1", SHOULD),
]


def odd(id, name, what, section, level):
    @case("name." + id, section, level, f"A file whose name has {what} is stored, listed, read, renamed and deleted")
    def _(t):
        content = b"content of " + name.encode()
        c = t.image()
        c.upload("STOR " + t.will_make(name), content)
        listed = set(lines_of(c.download("NLST"))) - {".", ".."}
        if "\r" not in name and not name.startswith("."):  # how a listing has those is the server's affair
            t.equal({name}, listed, "NLST")
        t.equal(content, c.download("RETR " + name), "the content")
        c.expect("RNFR " + name, 350)
        c.expect("RNTO " + t.will_make("plain"), 250)
        c.expect("RNFR plain", 350)
        c.expect("RNTO " + name, 250)
        c.expect("DELE " + name, 250)


for row in NAMES:
    odd(*row)


@case("name.folder-odd", PATHNAMES, SHOULD, "A folder with spaces and letters of another script is made, entered and removed")
def _(t):
    c = t.login()
    name = t.will_make(" größer  ordner ")
    path = quoted(c.expect("MKD " + name, 257))
    t.equal(t.folder + "/" + name, path, "the path in the reply")
    c.expect("CWD " + name, 250)
    t.equal(path, quoted(c.expect("PWD", 257)), "the folder")
    c.expect("CDUP", 200, 250)
    c.expect("RMD " + name, 250)


@case("name.too-long", "RFC 959 §5.4", MUST, "A name of 300 bytes is refused, or all of it is kept")
def _(t):
    name = "n" * 300
    answer = t.login().expect("MKD " + t.will_make(name), 257, "5xx")
    t.equal([name.encode()] if answer.code == 257 else [], t.names(), "names in the folder")


@case("name.case", PATHNAMES, SHOULD, "Names that differ in capitals alone are two files")
def _(t):
    t.put("name", b"small")
    t.put("NAME", b"capitals")
    c = t.image()
    t.equal(b"small", c.download("RETR name"), "the one")
    t.equal(b"capitals", c.download("RETR NAME"), "the other")
