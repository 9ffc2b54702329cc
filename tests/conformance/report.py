"""What a run came to: for people, for programs, and as an exit status."""
import json

import battery

LINES_OF_DIALOGUE = 30


def clean(text):
    """Control bytes of a server's making do not reach a terminal."""
    return "".join(c if c.isprintable() else "\n" if c == "\n" else repr(c)[1:-1] for c in text)


def tell(result, pending=(), verbose=False):
    case = result.case
    if not verbose and (result.verdict == battery.PASS or case.id in pending):
        return
    print(f"{result.verdict.upper()} {case.id} [{case.level}, {case.section}] {case.statement} ({result.seconds:.1f} s)")
    if result.detail:
        print("    " + clean(result.detail).replace("\n", "\n    "))
    if result.verdict == battery.FAIL:
        for line in result.dialogue[-LINES_OF_DIALOGUE:]:
            print("      " + clean(line))


def count(results):
    return {verdict: sum(result.verdict == verdict for result in results) for verdict in battery.VERDICTS}


def write_json(path, results):
    path.write_text(json.dumps([{
        "id": result.case.id, "area": result.case.area, "section": result.case.section, "level": result.case.level,
        "statement": result.case.statement, "verdict": result.verdict, "detail": result.detail,
        "seconds": round(result.seconds, 3), "dialogue": result.dialogue[-200:],
    } for result in results], indent=1) + "\n")


def pending_ids(path, cases):
    """Of a file with an id a line; what follows a # is for people."""
    ids = {line.split("#")[0].strip() for line in path.read_text().splitlines()} - {""}
    unknown = ids - {case.id for case in cases}
    if unknown:
        raise SystemExit(f"{path}: no such cases: {', '.join(sorted(unknown))}")
    return ids


def status(results, pending=(), bad_verdicts=(battery.FAIL,)):
    """1 when a case had a bad verdict that is not pending, or a pending one passed."""
    print(f"{len(results)} cases: " + ", ".join(f"{number} {verdict}" for verdict, number in count(results).items()) +
          (f"; {len(pending)} pending" if pending else ""))
    for result in results:
        if result.left_behind:
            print(f"left behind by {result.case.id}: {result.left_behind}")
    bad = [result.case.id for result in results if result.verdict in bad_verdicts and result.case.id not in pending]
    landed = [result.case.id for result in results if result.verdict == battery.PASS and result.case.id in pending]
    if bad:
        print(f"{len(bad)} that should have passed: {' '.join(bad)}")
    if landed:
        print(f"no longer pending, so take them off the list: {' '.join(landed)}")
    return 1 if bad or landed else 0
