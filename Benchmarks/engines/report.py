"""Turns the lines of all engines (standard input) and shapes.tsv into Markdown tables."""

import sys

ENGINES = ["robfig", "gorhill", "croniter", "cronsim"]
NAMES = {"table": "ours, a table's line", "robfig": "robfig/cron (Go)", "gorhill": "cronexpr (Go)", "croniter": "croniter", "cronsim": "cronsim", "walk": "C minute-walk"}

shapes = [line.split("\t") for line in open(sys.argv[1], encoding="utf-8").read().splitlines()[1:]]
figures, allocations, plans = {}, {}, []
for line in sys.stdin.read().splitlines():
    words = line.split("\t")
    if words[0] == "allocations":
        allocations[words[1]] = words[2:]
    elif words[0] == "plan":
        plans.append(words[1:])
    else:
        figures[words[0], words[1]] = (float(words[2]), float(words[3] or 0), words[4])
        if len(words) > 5:
            figures["table", words[1]] = (0, float(words[5]), "")


def short(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def cell(engine, shape, kind):
    found = figures.get((engine, shape))
    if not found or not found[kind]:
        return "–"
    return short(found[kind]) + (" ≠" if kind == 0 and found[2] != figures["ours", shape][2] else "")


def table(kind, title, engines):
    print(f"\n{title}\n\n| | zone | ours | " + " | ".join(NAMES[e] for e in engines) + " | best library / ours |")
    print("|---" * (4 + len(engines)) + "|")
    for shape, zone, *_ in shapes:
        ours = figures["ours", shape][kind]
        others = [figures[e, shape][kind] for e in ENGINES if (e, shape) in figures]
        ratio = f"{min(others) / ours:.1f} ×" if others else "–"
        name = shape.replace("*", "\\*")
        print(f"| {name} | {zone} | {cell('ours', shape, kind)} | " + " | ".join(cell(e, shape, kind) for e in engines) + f" | {ratio} |")


table(0, "Nanoseconds for each `next`; ≠: other times than ours.", ENGINES + ["walk"])
table(1, "Nanoseconds to read an expression and compile it; for a table's line ours makes no syntax tree.", ["table"] + ENGINES)
most = max((int(n) for n, _ in allocations.values()), default=-1)
print(f"\nAllocations in 1000 calls of `next`, the most of any shape: {most}.")
for jobs, best, median in plans:
    print(f"\n{int(jobs):,} jobs planned (the next time of each, entered in the due queue): {best} ms at best, {median} ms in the median of 30.")

missed = []
for shape, zone, common, *_ in shapes:
    ours = figures["ours", shape][0]
    others = [figures[e, shape][0] for e in ENGINES if (e, shape) in figures]
    if others and min(others) < 10 * ours:
        missed.append(f"{shape}: {min(others) / ours:.1f} × the best library")
    if common and ours > 100:
        missed.append(f"{shape}: {ours:.0f} ns, more than 100")
print("\nAims of `next` missed: " + ("; ".join(missed) or "none") + ".")
