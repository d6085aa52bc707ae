"""Random traffic for statsd servers: what clients send, what nobody should send, and what comes of a flipped byte."""

import re

KEYS = ("shop.web.requests", "shop.web.time", "db.queries", "db.time", "a", "A", "7", "-", "_", "x-y_z.0", ".lead",
        "trail.", "two..dots", "", " ", "a b", "a  b\t c", " around ", "path/to/file", "//", "caf\u00e9.\u00fcber",
        "odd!\"$%&'()*+~^y", "a;tag=1", "a;b;c=2", "=", ";", "web\\x", "foo.bar")
TAGS = ("x:y", "zone:eu,code:200", "x", "", "x:y,", ",x:y", "a;b:c", "x:a;b;c:d", "x:y:z", "x: y/z", "x:y|#z:w",
        "x:y|c:abc", "x:y|T123", "\u00fc:\u00f6", "x:y\r")
TYPES = ("c", "ms", "g", "s", "c", "ms", "g", "s", "h", "d", "m", "C", "kv", "zzz", "", " c ", " ms", "ms ", " g",
         "g\r", "ms\r", "s ", "c\r")
RATES = ("@1", "@0.1", "@.5", "@0.333", "@0.01", "@1.0", "@2", "@1e-3", "@0.25\r", "@0.5|junk", "@", "", "0.5", "@x",
         "@-1", "@0,5", "@1.2.3", "@.")
MEMBERS = ("joe", "jane", "7", "07", "0", "", " ", "a b", "\u00fc", "true", "x" * 50)
ODD_NUMBERS = ("0", "-0", "+0", "00012", "1.", ".5", "-.5", "+.5e1", "1e3", "1E-7", "2.5e-9", "-1e-5", "1e21", "-3e22",
               "9007199254740993", "123456789012345678", "0.1", "0.2", "0.30000000000000004", "0x10", "0XfF", "0b101",
               "0o17", " 5 ", "\t7", "8\r", " ", "4.35", "1.005")
NO_NUMBERS = ("", "x", "NaN", "1,5", "-", "+", ".", "--1", "+-1", "1e", "0x", "0b2", "-0x10", "1 2", "1_0", "nan",
              "inf")
ALPHABET = "::||@##;,.-+0123456789eExXbocmsgh/\r\t =ab"


def number(random):
    kind = random.random()
    if kind < 0.35:
        return str(random.randrange(1000))
    if kind < 0.6:
        return f"{random.uniform(0, 1000):.{random.randrange(1, 12)}f}"
    if kind < 0.7:
        return repr(10 ** random.uniform(-8, 22))
    if kind < 0.82:
        return random.choice("+-") + str(random.choice((random.randrange(100), random.random())))
    return random.choice(ODD_NUMBERS) if kind < 0.97 else random.choice(NO_NUMBERS)


def bit(random):
    kind = random.choice(TYPES)
    value = random.choice(MEMBERS) if kind.strip() == "s" and random.random() < 0.9 else number(random)
    rate = "|" + random.choice(RATES) if random.random() < 0.25 else ""
    return f"{value}|{kind}{rate}"


def mutate(random, text):
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(ALPHABET) * random.randrange(2) + text[at + random.randrange(2):]
    return text


def any_line(random):
    bits = ":".join(bit(random) for _ in range(random.choice((1, 1, 1, 1, 2, 3, 4))))
    text = f"{random.choice(KEYS)}:{bits}"
    if random.random() < 0.15:
        text += "|#" + random.choice(TAGS)
    return mutate(random, text) if random.random() < 0.1 else text


def breaks_the_reference(text):
    """Does it crash it, or count infinity?"""
    for rate in re.findall(r"\|@([^|:#]*)", text):
        if rate in ("", ".", "x") or rate.startswith("-"):
            continue
        # It does not find the digits that its check has let pass, or they are zero.
        if not re.match(r"[\d.]*", rate)[0].strip("0."):
            return True
    return re.search(r"[eE]\+?\d{3}", text) is not None


def line(random):
    while True:
        text = any_line(random)
        if not breaks_the_reference(text):
            return text


def packets(random, count):
    """Of 1 to 12 lines each, as bytes."""
    return ["\n".join(line(random) for _ in range(random.randrange(1, 13))).encode() + b"\n" * random.randrange(3)
            for _ in range(count)]
