"""The functions that are written as code, one writer each; see :mod:`._emit`.

A writer returns where the value is, or None to have the function called. The code it writes
may fail on a list where one text is wanted, and on no value where the function would refuse
it: the caller then evaluates step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ldapconnector.expressions import _values as values
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._emit import (
    ANY,
    DEEPEST,
    OPT,
    RAW,
    STR,
    Emitter,
    Handover,
    Operand,
    Writer,
    hand_over,
)
from ldapconnector.expressions._quick_regex import quick
from ldapconnector.expressions._signature import Function
from ldapconnector.expressions._tree import Bound
from ldapconnector.expressions._values import Ignored
from ldapconnector.expressions.dotnet.white_space import WHITE_SPACE
from ldapconnector.expressions.functions import lists
from ldapconnector.expressions.functions import text as texts
from ldapconnector.expressions.functions.identity import AllTakenError

__all__ = ["WRITERS"]

#: Branches that are written as code; more are evaluated step by step.
MOST_BRANCHES: Final = 30
#: Arguments of one Join that are written as code.
MOST_PARTS: Final = 12


def _write_join(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    separator = emit.value(bound.arguments[0])
    sources = [emit.raw(argument) for argument in bound.arguments[1:]]
    parts = [emit.bind(source) for source in sources if not (source.constant and not source.value)]
    helper = emit.constant(_joined)
    call = f"{helper}({', '.join([separator.code, *(part.code for part in parts)])})"
    open_parts = [part for part in parts if not part.constant]
    glue = separator.value
    if (
        not (separator.constant and isinstance(glue, str))
        or len(parts) < _PAIR
        or len(parts) > MOST_PARTS
        or not open_parts
    ):
        return Operand(call, STR, atomic=False)
    whole = _glued(emit, parts, glue)
    name = emit.fresh()
    if not glue and all(part.kind == STR for part in open_parts):
        emit.line(f"{name} = {whole}")
    else:
        present = " and ".join(dict.fromkeys(part.code for part in open_parts))
        rest = call
        if len(open_parts) == len(parts) == _PAIR:
            one, other = (part.code for part in parts)
            rest = (
                f"{other} if {one} is None and {other}.__class__ is str else"
                f" {one} if {other} is None and {one}.__class__ is str else {call}"
            )
        emit.line(f"{name} = {whole} if {present} else {rest}")
    if len(open_parts) > 1:
        emit.bounded(name)
    return Operand(name, STR)


def _glued(emit: Emitter, parts: list[Operand], glue: str) -> str:
    """Write the join of parts that are all present; neighbouring constants become one."""
    pieces: list[str] = []
    fixed = ""
    for position, part in enumerate(parts):
        if position:
            fixed += glue
        if part.constant:
            fixed += str(part.value)
            continue
        if fixed:
            pieces.append(emit.constant(fixed))
            fixed = ""
        pieces.append(part.code)
    if fixed:
        pieces.append(emit.constant(fixed))
    texts_only = all(part.kind in (STR, OPT) for part in parts)
    # An f-string would render a list; adding and joining refuse it.
    if texts_only and len(pieces) > _PAIR:
        return 'f"' + "".join(f"{{{piece}}}" for piece in pieces) + '"'
    # Two lists can be added, so a sum needs one piece that is surely a text.
    if len(pieces) <= _SUM and (texts_only or any(piece[0] == "k" for piece in pieces)):
        return " + ".join(pieces)
    return f"{emit.constant(str.join)}({emit.constant('')}, ({', '.join(pieces)}))"


_PAIR: Final = 2
_SUM: Final = 3


def _joined(separator: str, *sources: object) -> str:
    """Join what a fast line could not: absent values, lists, values that are not rendered."""
    if all(one is None or one.__class__ is str for one in sources):
        return values.joined(separator, [one for one in sources if one])  # type: ignore[misc]
    rendered = [values.texts(values.normal(one)) for one in sources]
    return lists.join.call(separator, *rendered)  # type: ignore[no-any-return]


def _write_append(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    source = emit.bind(emit.raw(bound.arguments[0]))
    suffix = emit.bind(emit.value(bound.arguments[1]))
    tail = suffix.code
    if suffix.kind != STR:
        suffix = emit.checked(suffix)
        tail = f'({suffix.code} or "")'
    code = f"{source.code} + {tail}"
    if source.kind != STR:
        code = f"None if {source.code} is None else {code}"
    name = emit.fresh()
    emit.line(f"{name} = {code}")
    if not (source.constant or suffix.constant):
        with emit.block(f"if {name} is not None and len({name}) > {values.TEXT_LIMIT}:"):
            emit.line(f"raise {emit.constant(Handover)}")
    return Operand(name, STR if source.kind == STR else OPT)


def _write_case(emit: Emitter, bound: Bound, method: str, helper: Function) -> Operand | None:
    if len(bound.arguments) > 1 and not isinstance(bound.arguments[1], ast.Omitted):
        return None
    source = emit.bind(emit.raw(bound.arguments[0]))
    name = source.code
    call = emit.constant(helper.call)
    # A method of str itself refuses octets, which have methods of the same names.
    quick = (
        f"{emit.constant(getattr(str, method))}({name})"
        if source.kind == RAW
        else (f"{name}.{method}()")
    )
    code = f"{quick} if {name}.isascii() else {call}({name}, None)"
    return _nullable(source, code)


def _nullable(source: Operand, code: str) -> Operand:
    """Give nothing for nothing."""
    if source.kind == STR:
        return Operand(f"({code})", STR, atomic=False)
    return Operand(f"(None if {source.code} is None else {code})", OPT, atomic=False)


def _write_lower(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    return _write_case(emit, bound, "lower", texts.to_lower)


def _write_upper(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    return _write_case(emit, bound, "upper", texts.to_upper)


def _write_normalize(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    source = emit.bind(emit.value(bound.arguments[0]))
    call = emit.constant(texts.normalize_diacritics.call)
    return _nullable(source, f"{source.code} if {source.code}.isascii() else {call}({source.code})")


def _write_strip_spaces(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    source = emit.bind(emit.raw(bound.arguments[0]))
    return _nullable(source, f'{source.code}.replace(" ", "")')


def _write_trim(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    source = emit.bind(emit.value(bound.arguments[0]))
    stripped = f"{source.code}.strip({emit.constant(WHITE_SPACE)})"
    if source.kind == ANY:
        call = emit.constant(texts.trim.call)
        code = f"{stripped} if {source.code}.__class__ is str else {call}({source.code})"
        return Operand(f"(None if {source.code} is None else {code})", ANY, atomic=False)
    return _nullable(source, stripped)


def _write_c_str(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    return emit.checked(emit.value(bound.arguments[0]))


def _number(bound: Bound, position: int) -> int | None:
    """Return a whole number that is given as a constant."""
    if position >= len(bound.arguments):
        return None
    node = bound.arguments[position]
    if isinstance(node, ast.Number):
        return node.value
    if isinstance(node, ast.Text):
        try:
            return values.integer(node.value)
        except values.ArgumentError:
            return None
    return None


def _letter(bound: Bound, position: int) -> str | None:
    """Return a text that is given as a constant."""
    node = bound.arguments[position] if position < len(bound.arguments) else None
    return node.value if isinstance(node, ast.Text) else None


def _write_word(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    position, delimiter = _number(bound, 1), _letter(bound, 2)
    if position != 1 or delimiter is None or len(delimiter) != 1:
        return None
    source = emit.bind(emit.raw(bound.arguments[0]))
    name, mark = source.code, emit.constant(delimiter)
    call = emit.constant(texts.word.call)
    code = f"({name}.partition({mark})[0] or {call}({name}, 1, {mark}))"
    if source.kind != STR:
        code = f'("" if {name} is None else {code})'
    return Operand(code, STR, atomic=False)


def _sliced(source: Operand, quick: str, test: str, slow: str, kind: int) -> Operand:
    """Slice a text, or call the function for anything else."""
    checks = [] if source.kind == STR else [f"{source.code}.__class__ is str"]
    checks += [test] if test else []
    if not checks:
        return Operand(quick, kind, atomic=False)
    return Operand(f"({quick} if {' and '.join(checks)} else {slow})", kind, atomic=False)


def _write_left(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    length = _number(bound, 1)
    if length is None or length < 0:
        return None
    source = emit.bind(emit.raw(bound.arguments[0]))
    end = emit.constant(length)
    slow = f"{emit.constant(_left)}({source.code}, {end})"
    return _sliced(source, f"{source.code}[:{end}]", "", slow, STR)


def _left(source: values.Value, length: int) -> str:
    return texts.left.call(values.single(values.normal(source)), length)  # type: ignore[no-any-return]


def _write_mid(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    start, length = _number(bound, 1), _number(bound, 2)
    if start is None or start < 1 or length is None or length < 0:
        return None
    source = emit.bind(emit.raw(bound.arguments[0]))
    first, end = emit.constant(start - 1), emit.constant(start - 1 + length)
    slow = f"{emit.constant(_mid)}({source.code}, {emit.constant(start)}, {emit.constant(length)})"
    test = f"len({source.code}) > {first}" if start > 1 else ""
    kind = STR if source.kind == STR else OPT
    quick = f"{source.code}[:{end}]" if start == 1 else f"{source.code}[{first}:{end}]"
    return _sliced(source, quick, test, slow, kind)


def _mid(source: values.Value, start: int, length: int) -> str | None:
    one = values.single(values.normal(source))
    return None if one is None else texts.mid.call(one, start, length)


def _write_item(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    """Write ``Item(Split(x, "c"), n)``: the way to take a text apart."""
    inner, position = bound.arguments[0], _number(bound, 1)
    if not isinstance(inner, ast.Call) or position is None or position < 1:
        return None
    split = emit.bound(inner)
    if split.function is not lists.split or inner in emit.shared:
        return None
    delimiter = _letter(split, 1)
    if not delimiter:
        return None
    source = emit.bind(emit.raw(split.arguments[0]))
    parts = emit.fresh()
    emit.line(f"{parts} = {source.code}.split({emit.constant(delimiter)})")
    with emit.block(f"if len({parts}) > {values.LIST_LIMIT}:"):
        emit.line(f"raise {emit.constant(Handover)}")
    code = f"{parts}[{emit.constant(position - 1)}].strip({emit.constant(WHITE_SPACE)})"
    return Operand(code, STR, atomic=False)


def _write_iif(emit: Emitter, _node: ast.Call, bound: Bound, top: bool) -> Operand | None:
    decision = emit.condition(bound.arguments[0])
    branches = [*bound.arguments[1:], ast.Omitted(), ast.Omitted()][:2]
    if all(isinstance(branch, ast.Text | ast.Number | ast.Omitted) for branch in branches):
        chosen = [emit.value(branch) for branch in branches]
        code = f"({chosen[0].code} if {decision} else {chosen[1].code})"
        return Operand(code, max(one.kind for one in chosen), atomic=False)
    return _branches(emit, [f"if {decision}:", "else:"], branches, top=top)


def _branches(emit: Emitter, heads: list[str], branches: list[ast.Node], *, top: bool) -> Operand:
    """Write one block for each branch, all giving the same name."""
    name = emit.fresh()
    kind = STR
    for head, branch in zip(heads, branches, strict=True):
        with emit.block(head):
            operand = emit.value(branch, top=top)
            emit.line(f"{name} = {operand.code}")
            kind = max(kind, operand.kind)
    return Operand(name, kind)


def _write_switch(emit: Emitter, _node: ast.Call, bound: Bound, top: bool) -> Operand | None:
    source_node, default, *pairs = [*bound.arguments, ast.Omitted()][: max(2, len(bound.arguments))]
    keys, results = pairs[::2], pairs[1::2]
    if not all(isinstance(key, ast.Text | ast.Number | ast.Omitted) for key in keys):
        return None
    names = [str(emit.value(key).value or "") for key in keys]
    fixed = all(isinstance(item, ast.Text | ast.Number | ast.Omitted) for item in results)
    if fixed and isinstance(default, ast.Text | ast.Number | ast.Omitted | ast.Attribute):
        return _table(emit, source_node, default, names, results)
    numbers: dict[str | None, int] = {}
    chosen: list[ast.Node] = []
    for name, result in zip(names, results, strict=True):
        if name not in numbers:
            numbers[name] = len(chosen)
            chosen.append(result)
    if len(chosen) > MOST_BRANCHES:
        return None
    source = emit.checked(emit.value(source_node))
    if not chosen:
        return emit.value(default, top=top)
    if "" in numbers:
        numbers[None] = numbers[""]
    branch = emit.fresh()
    emit.line(f"{branch} = {emit.constant(numbers.get)}({source.code}, -1)")
    heads = [f"if {branch} < 0:"]
    heads += [f"elif {branch} == {number}:" for number in range(len(chosen) - 1)]
    heads.append("else:")
    return _branches(emit, heads, [default, *chosen], top=top)


def _table(
    emit: Emitter,
    source_node: ast.Node,
    default: ast.Node,
    names: list[str],
    results: list[ast.Node],
) -> Operand:
    """Look constants up; what is not found and no text is looked at again, rendered."""
    table: dict[str | None, object] = {}
    for name, result in zip(names, results, strict=True):
        table.setdefault(name, emit.value(result).value)
    if "" in table:
        table[None] = table[""]
    find = emit.constant(table.get)
    if isinstance(default, ast.Attribute) or None in table.values():
        source = emit.checked(emit.value(source_node))
        fallback = emit.value(default)
        kind = max(OPT if None in table.values() else STR, fallback.kind)
        return Operand(f"{find}({source.code}, {fallback.code})", kind, atomic=False)
    source = emit.bind(emit.raw(source_node))
    fallback = emit.value(default)
    table.setdefault(None, fallback.value)
    name = emit.fresh()
    emit.line(f"{name} = {find}({source.code})")
    with emit.block(f"if {name} is None:"):
        if source.kind in (STR, OPT):
            emit.line(f"{name} = {fallback.code}")
        else:
            again = f"{emit.constant(_found)}({find}, {source.code}, {fallback.code})"
            emit.line(f"{name} = {fallback.code} if {source.code}.__class__ is str else {again}")
    return Operand(name, fallback.kind)


def _found(find: Callable[..., object], source: object, default: object) -> object:
    return find(values.single(values.normal(source)), default)


def _write_coalesce(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    sources = [node for node in bound.arguments if not isinstance(node, ast.Omitted)]
    if not 1 <= len(sources) <= DEEPEST:
        return None
    name = emit.fresh()
    kinds: list[int] = []
    depth: list[Any] = []
    for position, node in enumerate(sources):
        if position:
            entered = emit.block(f"if {name} is None:")
            entered.__enter__()
            depth.append(entered)
        operand = emit.value(node)
        emit.line(f"{name} = {operand.code}")
        kinds.append(operand.kind)
    for entered in reversed(depth):
        entered.__exit__(None, None, None)
    if ANY in kinds:
        return Operand(name, ANY)
    return Operand(name, STR if STR in kinds else OPT)


def _write_ignore(emit: Emitter, _node: ast.Call, bound: Bound, top: bool) -> Operand | None:
    source = emit.bind(emit.value(bound.arguments[0]))
    if top:
        if source.kind == ANY:
            present = f"{emit.constant(values.is_present)}({source.code})"
            flow = f"({source.code} if {present} else {emit.constant(Ignored.FLOW)})"
            return Operand(flow, ANY, atomic=False)
        return Operand(f"({source.code} or {emit.constant(Ignored.FLOW)})", ANY, atomic=False)
    source = emit.checked(source)
    with emit.block(f"if not {source.code}:"):
        emit.line(f"raise {emit.constant(Handover)}")
    return Operand(source.code, STR)


def _write_redact(emit: Emitter, _node: ast.Call, bound: Bound, top: bool) -> Operand | None:
    return emit.value(bound.arguments[0], top=top)


def _write_question(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    return Operand(f'("True" if {emit.question(bound)} else "False")', STR, atomic=False)


def _write_replace(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    given: list[ast.Node] = list(bound.arguments)
    given += [ast.Omitted()] * (len(bound.function.parameters) - len(given))
    source_node, old, pattern, group, new, other, template = given
    if not isinstance(other, ast.Omitted) or not isinstance(new, ast.Text):
        return None
    if isinstance(old, ast.Text) and old.value:
        if len(new.value) <= len(old.value):
            source = emit.bind(emit.raw(source_node))
            code = f"{source.code}.replace({emit.constant(old.value)}, {emit.constant(new.value)})"
            return _nullable(source, code)
        source = emit.bind(emit.value(source_node))
        call = emit.constant(texts.replace_literal)
        code = f"{call}({source.code}, {emit.constant(old.value)}, {emit.constant(new.value)})"
        return _nullable(emit.checked(source), code)
    if not isinstance(old, ast.Omitted) or not isinstance(pattern, ast.Text):
        return None
    if not isinstance(template, ast.Omitted) or not isinstance(group, ast.Omitted):
        return None
    short = quick(pattern.value, new.value)
    if short is not None:
        source = emit.bind(emit.raw(source_node))
        code = f"{emit.constant(short.replace)}({emit.constant(short.template)}, {source.code})"
        fits = f"len({source.code}) <= {emit.constant(short.longest)}"
        return _nullable(source, f"{code} if {fits} else {emit.constant(hand_over)}()")
    emit.needs_run = True
    call = emit.constant(texts.substitute)
    source = emit.checked(emit.value(source_node))
    return _nullable(
        source,
        f"{call}(r, {emit.constant(pattern.value)}, {source.code}, {emit.constant(new.value)})",
    )


def _write_select(emit: Emitter, _node: ast.Call, bound: Bound, _top: bool) -> Operand | None:
    rules = [node for node in bound.arguments if not isinstance(node, ast.Omitted)]
    if len(rules) > DEEPEST:
        return None
    emit.needs_run = True
    name = emit.fresh()
    depth: list[Any] = []
    for rule in rules:
        operand = emit.checked(emit.value(rule))
        emit.line(f"{name} = {operand.code}")
        entered = emit.block(f"if not {name} or r.is_taken({name}):")
        entered.__enter__()
        depth.append(entered)
    emit.line(f"raise {emit.constant(AllTakenError)}(())")
    for entered in reversed(depth):
        entered.__exit__(None, None, None)
    return Operand(name, STR)


WRITERS: Final[dict[str, Writer]] = {
    "Append": _write_append,
    "CStr": _write_c_str,
    "Coalesce": _write_coalesce,
    "IIF": _write_iif,
    "IgnoreFlowIfNullOrEmpty": _write_ignore,
    "IsNothing": _write_question,
    "IsNull": _write_question,
    "IsNullOrEmpty": _write_question,
    "IsPresent": _write_question,
    "Item": _write_item,
    "Join": _write_join,
    "Left": _write_left,
    "Mid": _write_mid,
    "NormalizeDiacritics": _write_normalize,
    "Redact": _write_redact,
    "Replace": _write_replace,
    "SelectUniqueValue": _write_select,
    "StripSpaces": _write_strip_spaces,
    "Switch": _write_switch,
    "ToLower": _write_lower,
    "ToUpper": _write_upper,
    "Trim": _write_trim,
    "Word": _write_word,
}
