"""Expressions: ours against hand-written Python and against other expression engines.

Run ``python benchmarks/expressions.py``; peers come with ``pip install ldapconnector[benchmarks]``
and are left out where they are missing. Every engine computes the same values for the same
users, which is checked before anything is timed; engines take turns, and the best of several
rounds counts. Read the ratios: absolute numbers are the machine's.
"""

from __future__ import annotations

import gc
import math
import random
import re
import sys
import time
from collections.abc import Callable
from typing import Any

from ldapconnector.expressions import EvaluationContext, Expression, compile_mapping
from ldapconnector.expressions._run import Run
from ldapconnector.expressions.dotnet.diacritics import normalize

User = dict[str, Any]
Engine = Callable[[User], Any]

ROUNDS = 25
USERS = 2_000
SLOW_USERS = 200

EXPRESSIONS = {
    "login": 'ToLower(Word([userPrincipalName], 1, "@"), )',
    "name": 'Join(" ", [givenName], [surname])',
    "mail": (
        'ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".", [givenName], [surname]))),'
        ' "contoso.com"), )'
    ),
    "unit": (
        'Switch([department], "ou=People,dc=contoso,dc=com",'
        ' "ENG", "ou=Engineering,dc=contoso,dc=com", "MKT", "ou=Marketing,dc=contoso,dc=com")'
    ),
    "phone": 'Replace([mobile], , "[()\\\\s-]+", , "", , )',
    "state": 'IIF([accountEnabled]="True", "active", "inactive")',
}

MAPPING = {
    "uid": 'ToLower(Word([userPrincipalName], 1, "@"), )',
    "homeDirectory": 'Join("/", "/home", ToLower(Word([userPrincipalName], 1, "@"), ))',
    "cn": 'Join(" ", [givenName], [surname])',
    "mail": 'Append(ToLower(Word([userPrincipalName], 1, "@"), ), "@contoso.com")',
    "dn": (
        'Join("", "uid=", ToLower(Word([userPrincipalName], 1, "@"), ), ",",'
        ' Switch([department], "ou=People,dc=contoso,dc=com",'
        ' "ENG", "ou=Engineering,dc=contoso,dc=com", "MKT", "ou=Marketing,dc=contoso,dc=com"))'
    ),
}

UNITS = {
    "ENG": "ou=Engineering,dc=contoso,dc=com",
    "MKT": "ou=Marketing,dc=contoso,dc=com",
}
PEOPLE = "ou=People,dc=contoso,dc=com"
PHONE = re.compile(r"[()\s-]+")


def make_users(count: int) -> list[User]:
    """Make users as Microsoft Graph has them; some lack a value, some have accents."""
    draw = random.Random(7)
    first = ["Ada", "Grace", "Linus", "Mary Ann", "Edsger", "Barbara", "Zoë", "José", None]
    last = ["Lovelace", "Hopper", "Smith", "O'Hara", "Dijkstra", "Liskov", "García", None]
    return [
        {
            "userPrincipalName": f"User{n:05}@example.org",
            "givenName": draw.choice(first),
            "surname": draw.choice(last),
            "department": draw.choice(["ENG", "MKT", "FIN", None]),
            "mobile": draw.choice([f"+1 (555) {n % 1000:03}-{n % 10000:04}", None]),
            "accountEnabled": draw.random() < 0.8,
        }
        for n in range(count)
    ]


# Hand-written: what a careful programmer writes, absent values included.


def hand_login(user: User) -> str:
    name = user.get("userPrincipalName")
    return name.split("@", 1)[0].lower() if name else ""


def hand_name(user: User) -> str:
    return " ".join([part for part in (user.get("givenName"), user.get("surname")) if part])


def hand_mail(user: User) -> str:
    name = ".".join([part for part in (user.get("givenName"), user.get("surname")) if part])
    name = name.replace(" ", "")
    if not name.isascii():
        name = normalize(name)
    return f"{name}@contoso.com".lower() if name else "contoso.com"


def hand_unit(user: User) -> str:
    return UNITS.get(user.get("department") or "", PEOPLE)


def hand_phone(user: User) -> str | None:
    number = user.get("mobile")
    return None if number is None else PHONE.sub("", number)


def hand_state(user: User) -> str:
    return "active" if user.get("accountEnabled") is True else "inactive"


HAND: dict[str, Engine] = {
    "login": hand_login,
    "name": hand_name,
    "mail": hand_mail,
    "unit": hand_unit,
    "phone": hand_phone,
    "state": hand_state,
}


def hand_fused(user: User) -> dict[str, Any]:
    name = user.get("userPrincipalName")
    login = name.split("@", 1)[0].lower() if name else ""
    unit = UNITS.get(user.get("department") or "", PEOPLE)
    return {
        "uid": login,
        "homeDirectory": f"/home/{login}" if login else "/home",
        "cn": " ".join([part for part in (user.get("givenName"), user.get("surname")) if part]),
        "mail": f"{login}@contoso.com",
        "dn": f"uid={login},{unit}",
    }


# Peers. Each gets the functions that it lacks as Python functions.


def helpers() -> dict[str, Callable[..., Any]]:
    return {
        "lower": lambda text: text.lower(),
        "before": lambda text, mark: text.split(mark, 1)[0],
        "joined": lambda mark, parts: mark.join([part for part in parts if part]),
        "strip": lambda text: text.replace(" ", ""),
        "plain": lambda text: text if text.isascii() else normalize(text),
        "digits": lambda text: None if text is None else PHONE.sub("", text),
    }


def simpleeval_engines() -> dict[str, Engine]:
    import simpleeval

    texts = {
        "login": 'lower(before(userPrincipalName, "@"))',
        "name": 'joined(" ", [givenName, surname])',
        "mail": (
            'lower(joined("@", [plain(strip(joined(".", [givenName, surname]))), "contoso.com"]))'
        ),
        "unit": (
            '"ou=Engineering,dc=contoso,dc=com" if department == "ENG" else'
            ' "ou=Marketing,dc=contoso,dc=com" if department == "MKT" else'
            ' "ou=People,dc=contoso,dc=com"'
        ),
        "phone": "digits(mobile)",
        "state": '"active" if accountEnabled else "inactive"',
    }
    engine = simpleeval.EvalWithCompoundTypes(functions=helpers())
    parsed = {name: (text, engine.parse(text)) for name, text in texts.items()}

    def make(name: str) -> Engine:
        text, tree = parsed[name]

        def evaluate(user: User) -> Any:
            engine.names = user
            return engine.eval(text, previously_parsed=tree)

        return evaluate

    return {name: make(name) for name in texts}


def jmespath_engines() -> dict[str, Engine]:
    import jmespath
    from jmespath import functions

    given = helpers()

    class Functions(functions.Functions):
        @functions.signature({"types": ["string"]})
        def _func_lower(self, text):
            return text.lower()

        @functions.signature({"types": ["string"]}, {"types": ["string"]})
        def _func_before(self, text, mark):
            return given["before"](text, mark)

        @functions.signature({"types": ["string"]}, {"types": ["array"]})
        def _func_joined(self, mark, parts):
            return given["joined"](mark, parts)

        @functions.signature({"types": ["string"]})
        def _func_strip(self, text):
            return given["strip"](text)

        @functions.signature({"types": ["string"]})
        def _func_plain(self, text):
            return given["plain"](text)

        @functions.signature({"types": ["string", "null"]})
        def _func_digits(self, text):
            return given["digits"](text)

    texts = {
        "login": "lower(before(userPrincipalName, '@'))",
        "name": "joined(' ', [givenName, surname])",
        "mail": "lower(joined('@', [plain(strip(joined('.', [givenName, surname]))), 'contoso.com']))",
        "unit": (
            "(department=='ENG' && 'ou=Engineering,dc=contoso,dc=com') ||"
            " (department=='MKT' && 'ou=Marketing,dc=contoso,dc=com') ||"
            " 'ou=People,dc=contoso,dc=com'"
        ),
        "phone": "digits(mobile)",
        "state": "(accountEnabled && 'active') || 'inactive'",
    }
    options = jmespath.Options(custom_functions=Functions())

    def make(text: str) -> Engine:
        compiled = jmespath.compile(text)
        return lambda user: compiled.search(user, options=options)

    return {name: make(text) for name, text in texts.items()}


def cel_engines() -> dict[str, Engine]:
    import celpy
    from celpy import celtypes

    given = helpers()
    functions = {
        "lower": lambda text: celtypes.StringType(text.lower()),
        "before": lambda text, mark: celtypes.StringType(given["before"](text, mark)),
        "joined": lambda mark, parts: celtypes.StringType(given["joined"](mark, parts)),
        "strip": lambda text: celtypes.StringType(given["strip"](text)),
        "plain": lambda text: celtypes.StringType(given["plain"](text)),
        "digits": lambda text: None if text is None else celtypes.StringType(given["digits"](text)),
    }
    texts = {
        "login": 'lower(before(user.userPrincipalName, "@"))',
        "name": 'joined(" ", [user.givenName, user.surname])',
        "mail": (
            'lower(joined("@", [plain(strip(joined(".", [user.givenName, user.surname]))),'
            ' "contoso.com"]))'
        ),
        "unit": (
            'user.department == "ENG" ? "ou=Engineering,dc=contoso,dc=com" :'
            ' (user.department == "MKT" ? "ou=Marketing,dc=contoso,dc=com" :'
            ' "ou=People,dc=contoso,dc=com")'
        ),
        "phone": "digits(user.mobile)",
        "state": 'user.accountEnabled ? "active" : "inactive"',
    }
    environment = celpy.Environment()

    def make(text: str) -> Engine:
        program = environment.program(environment.compile(text), functions=functions)
        return lambda user: program.evaluate({"user": celpy.json_to_cel(user)})

    return {name: make(text) for name, text in texts.items()}


def step_engine(text: str) -> Engine:
    """Evaluate step by step, as explain does."""
    prepared = Expression.parse(text).prepared()
    context = EvaluationContext()
    return lambda user: prepared.evaluate(user, Run(context))


def seconds(engine: Engine, users: list[User]) -> float:
    """Return the seconds that one evaluation takes, averaged over the users."""
    start = time.perf_counter()
    for user in users:
        engine(user)
    return (time.perf_counter() - start) / len(users)


def best(engines: dict[str, tuple[Engine, list[User]]]) -> dict[str, float]:
    """Time engines in turns; the best round of each counts."""
    found = dict.fromkeys(engines, float("inf"))
    gc.disable()
    for _ in range(ROUNDS):
        for name, (engine, users) in engines.items():
            found[name] = min(found[name], seconds(engine, users))
    gc.enable()
    return found


def mean(rows: list[dict[str, float]], column: str) -> float:
    """Return the geometric mean of how much faster the compiled form is."""
    return math.exp(sum(math.log(row[column] / row["compiled"]) for row in rows) / len(rows))


def same(one: Any, other: Any) -> bool:
    return (None if one is None else str(one)) == (None if other is None else str(other))


def singles(users: list[User]) -> None:
    """Compare single expressions."""
    peers: dict[str, dict[str, Engine]] = {}
    for name, make in (
        ("simpleeval", simpleeval_engines),
        ("jmespath", jmespath_engines),
        ("cel-python", cel_engines),
    ):
        try:
            peers[name] = make()
        except ImportError:
            print(f"{name} is not installed and is left out")
    few = users[:SLOW_USERS]
    columns = ["hand", "compiled", "stepwise", *peers]
    totals = dict.fromkeys(columns, 0.0)
    rows: list[dict[str, float]] = []
    print(f"{'expression':10}" + "".join(f"{column:>12}" for column in columns))
    for name, text in EXPRESSIONS.items():
        compiled = Expression.parse(text).compile()
        engines: dict[str, tuple[Engine, list[User]]] = {
            "hand": (HAND[name], users),
            "compiled": (compiled, users),
            "stepwise": (step_engine(text), few),
        }
        engines.update({peer: (made[name], few) for peer, made in peers.items()})
        for label, (engine, sample) in engines.items():
            for user in sample:
                if not same(engine(user), HAND[name](user)):
                    sys.exit(f"{label} differs on {name}: {engine(user)!r} for {user}")
        took = best(engines)
        print(f"{name:10}" + "".join(f"{took[column] * 1e9:9.0f} ns" for column in columns))
        rows.append(took)
        for column in columns:
            totals[column] += took[column]
    print(f"{'all':10}" + "".join(f"{totals[column] * 1e9:9.0f} ns" for column in columns))
    ratio = {column: totals["hand"] / totals[column] for column in columns}
    print(f"{'ratio':10}" + "".join(f"{ratio[column]:12.3f}" for column in columns))
    print(f"compiled to hand, geometric mean of the rows: {mean(rows, 'hand'):.2f}")
    if peers:
        fastest = min(peers, key=lambda peer: totals[peer])
        times = totals[fastest] / totals["compiled"]
        print(
            f"compiled is {times:.1f} times as fast as {fastest}, the fastest peer"
            f" (geometric mean of the rows: {mean(rows, fastest):.1f})"
        )


def mappings(users: list[User]) -> None:
    """Compare a whole object mapping."""
    expressions = {target: Expression.parse(text) for target, text in MAPPING.items()}
    fused = compile_mapping(expressions)
    single = {target: expression.compile() for target, expression in expressions.items()}

    def separate(user: User) -> dict[str, Any]:
        return {target: evaluate(user) for target, evaluate in single.items()}

    engines: dict[str, tuple[Engine, list[User]]] = {
        "hand-fused": (hand_fused, users),
        "fused": (fused, users),
        "separate": (separate, users),
    }
    for user in users:
        if not hand_fused(user) == fused(user) == separate(user):
            sys.exit(f"the mappings differ for {user}")
    took = best(engines)
    print()
    print("whole mapping of five targets")
    for name, time_taken in took.items():
        ratio = took["hand-fused"] / time_taken
        print(f"{name:12}{1 / time_taken:12,.0f} users/s {ratio:8.2f}")


def parsing() -> None:
    """Time parsing and compiling."""
    texts = [*EXPRESSIONS.values(), *MAPPING.values()]
    start = time.perf_counter()
    Expression.parse("Now()")
    first = time.perf_counter() - start
    count = 50
    start = time.perf_counter()
    for round_ in range(count):
        for text in texts:
            Expression.parse(f"{text}{' ' * (round_ + 1)}")
    parse = (time.perf_counter() - start) / count / len(texts)
    for text in texts:
        Expression.parse(text).compile()
    start = time.perf_counter()
    for text in texts:
        Expression.parse(f"{text}{' ' * (count + 1)}").compile()
    build = (time.perf_counter() - start) / len(texts) - parse
    print()
    print(f"first expression, parser built: {first * 1e3:.0f} ms")
    print(f"parse {parse * 1e6:.0f} us, compile {build * 1e6:.0f} us an expression")


def main() -> None:
    parsing()
    users = make_users(USERS)
    print()
    singles(users)
    mappings(users)


if __name__ == "__main__":
    main()
