"""Trees to the lines of one Python function.

What is written are our own names (``v0``, ``k3``), operators and calls; every text, number
and function enters through the namespace of the compiled code, so nothing of an expression
or of data ever becomes source. Lines are optimistic: they assume what mappings usually meet
(texts and absent values) and let anything else fail, since the caller then evaluates the
same expression step by step.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeAlias

import attrs

from ldapconnector.expressions import _values as values
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._run import Run
from ldapconnector.expressions._signature import Function, Kind
from ldapconnector.expressions._tree import Bound, Prepared, converted
from ldapconnector.expressions.functions import lists, logic

__all__ = [
    "ANY",
    "DEEPEST",
    "OPT",
    "QUESTIONS",
    "RAW",
    "STR",
    "Emitter",
    "Handover",
    "Operand",
    "Writer",
]

#: What is known of a value: surely a text; a text or nothing; that or a list; an attribute
#: as the caller gave it.
STR: Final = 0
OPT: Final = 1
ANY: Final = 2
RAW: Final = 3
#: How an attribute is used: as one text only; as one or several; so that a list of one is
#: not the same as its element.
_ONE: Final = 0
_SOME: Final = 1
_EXACT: Final = 2


class Handover(Exception):
    """The fast path does not cover these values."""


@attrs.frozen
class Operand:
    """A piece of generated code that gives a value.

    Attributes:
        code: a name or a constant's name where `atomic`, else an expression used once.
        kind: what is known of the value.
        atomic: whether it may be repeated without cost.
        constant: whether it is the same for every object.
        value: the constant.
    """

    code: str
    kind: int
    atomic: bool = True
    constant: bool = False
    value: object = None


#: Functions whose argument may be one value or a list of it with the same result.
_ONE_OR_LIST: Final = frozenset(
    {"CBool", "IsNothing", "IsNull", "IsNullOrEmpty", "IsPresent", "IsString", "Not"}
)
#: Blocks that may nest; deeper ones are evaluated step by step.
DEEPEST: Final = 12
#: Code of an argument that is not written into a call, in characters.
_LONG: Final = 200


class Emitter:
    """Collects the lines of one function over one or more expressions."""

    def __init__(
        self,
        expressions: Iterable[Prepared],
        writers: Mapping[str, Writer],
        *,
        optimistic: bool = True,
    ) -> None:
        self.expressions = tuple(expressions)
        self._writers = writers
        self._optimistic = optimistic
        self.lines: list[str] = []
        self.namespace: dict[str, Any] = {}
        self.needs_run = False
        self._indent = 1
        self._constants: dict[tuple[type, Any], str] = {}
        self._count = 0
        self._scopes: list[dict[ast.Node | str, Operand]] = [{}]
        self._current: Prepared
        self.shared = self._repeated()
        self._uses: Counter[str] = Counter()
        self._lists: dict[str, int] = {}
        for prepared in self.expressions:
            self._note_uses(prepared)

    # Names and lines

    def constant(self, value: Any) -> str:
        """Bring a value into the namespace and return its name."""
        try:
            key: tuple[type, Any] = (type(value), value)
            known = self._constants.get(key)
        except TypeError:
            key, known = (object, id(value)), self._constants.get((object, id(value)))
        if known is None:
            known = self._constants[key] = f"k{len(self._constants)}"
            self.namespace[known] = value
        return known

    def fresh(self) -> str:
        """Return a name that was not used before."""
        self._count += 1
        return f"v{self._count}"

    def line(self, code: str) -> None:
        """Write one line at the present indentation."""
        self.lines.append("    " * self._indent + code)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write an indented block; what is computed in it is known in it only."""
        self.line(head)
        self._indent += 1
        self._scopes.append({})
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self._scopes.pop()
        self._indent -= 1

    def bind(self, operand: Operand) -> Operand:
        """Give a value a name, so that it can be used more than once."""
        if operand.atomic:
            return operand
        name = self.fresh()
        self.line(f"{name} = {operand.code}")
        return Operand(name, operand.kind)

    # What can be shared

    def _calls(self) -> Iterator[tuple[Prepared, ast.Node]]:
        for prepared in self.expressions:
            for node in ast.walk(prepared.root):
                yield prepared, node

    def _repeated(self) -> frozenset[ast.Node]:
        """Find pure sub-expressions that occur more than once."""
        counted: Counter[ast.Node] = Counter()
        for prepared, node in self._calls():
            if isinstance(node, ast.Call | ast.Comparison) and _pure(prepared, node):
                counted[node] += 1
        return frozenset(node for node, times in counted.items() if times > 1)

    def _note_uses(self, prepared: Prepared) -> None:
        """Note for each attribute how often and how it is used."""

        def note(node: ast.Node, use: int) -> None:
            if isinstance(node, ast.Attribute):
                self._uses[node.name] += 1
                self._lists[node.name] = max(self._lists.get(node.name, _ONE), use)

        note(prepared.root, _EXACT)
        for node in ast.walk(prepared.root):
            if isinstance(node, ast.Comparison):
                note(node.left, _ONE)
                note(node.right, _ONE)
            if isinstance(node, ast.Call):
                bound = prepared.calls[id(node)]
                for position, argument in enumerate(bound.arguments):
                    note(argument, _list_use(bound, position))

    def _known(self, node: ast.Node | str) -> Operand | None:
        for scope in reversed(self._scopes):
            if node in scope:
                found = scope[node]
                checked = None if isinstance(node, str) else self._known(found.code)
                return checked or found
        return None

    # Nodes

    def target(self, prepared: Prepared, target: str) -> Operand:
        """Write one whole expression and return its result."""
        self._current = prepared
        impure = not _pure(prepared, prepared.root)
        if impure and target:
            self.needs_run = True
            self.line(f"r.target = {self.constant(target)}")
        return self.value(prepared.root, top=True)

    def value(self, node: ast.Node, *, top: bool = False) -> Operand:
        """Write what computes a node and return where its value is.

        Args:
            node: the node.
            top: whether the value is the expression's result, so that it may be an
                :class:`Ignored`.
        """
        if isinstance(node, ast.Text):
            return Operand(self.constant(node.value), STR, constant=True, value=node.value)
        if isinstance(node, ast.Number):
            text = str(node.value)
            return Operand(self.constant(text), STR, constant=True, value=text)
        if isinstance(node, ast.Omitted):
            # By name: Python warns of what a bare None is asked to do.
            return Operand(self.constant(None), OPT, constant=True)
        if isinstance(node, ast.Token):
            return self._token(node, top=top)
        known = self._known(node)
        if known is not None:
            return known
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Parameter):
            self.needs_run = True
            operand = Operand(f"r.parameter({self.constant(node.name)})", STR, atomic=False)
            return self._remember(node, operand)
        shared = node in self.shared
        operand = (
            self._truth(self.condition(node))
            if isinstance(node, ast.Comparison)
            else self._call(node, top=top and not shared)
        )
        return self._remember(node, operand) if shared else operand

    def _remember(self, node: ast.Node, operand: Operand) -> Operand:
        bound = self.bind(operand)
        self._scopes[-1][node] = bound
        return bound

    def _truth(self, code: str) -> Operand:
        return Operand(f'("True" if {code} else "False")', STR, atomic=False)

    def _token(self, node: ast.Token, *, top: bool) -> Operand:
        outcome = logic.DIRECTIVES.get(node.name.casefold())
        if outcome is None:
            return Operand(self.constant(node.name), STR, constant=True, value=node.name)
        if not top:
            self.line(f"raise {self.constant(Handover)}")
            return Operand(self.constant(None), OPT, constant=True)
        return Operand(self.constant(logic.directive(outcome)), ANY)

    def _attribute(self, node: ast.Attribute) -> Operand:
        """Read an attribute and render it."""
        known = self._known(_RAW_OF + node.name)
        name = self._read(node).code if known is None else known.code
        use = self._lists[node.name]
        render = self.constant(_RENDER[use])
        with self.block(f"if {name}.__class__ is not str and {name} is not None:"):
            boolean = f'"True" if {name} is True else "False" if {name} is False'
            self.line(f"{name} = {boolean} else {render}({name})")
        operand = Operand(name, OPT if use == _ONE else ANY)
        self._scopes[-1][node] = operand
        return operand

    def _read(self, node: ast.Attribute) -> Operand:
        name = self.fresh()
        key = self.constant(node.name)
        self.line(f"{name} = a.get({key})")
        if "." in node.name:
            with self.block(f"if {name} is None:"):
                self.line(f"{name} = {self.constant(values.read_attribute)}(a, {key})")
        operand = Operand(name, RAW)
        self._scopes[-1][_RAW_OF + node.name] = operand
        return operand

    def raw(self, node: ast.Node) -> Operand:
        """Write a node for code that fails on anything but a text or nothing."""
        if not isinstance(node, ast.Attribute) or not self._optimistic:
            return self.value(node)
        if self._lists[node.name] != _ONE or self._known(node) is not None:
            return self.value(node)
        return self._known(_RAW_OF + node.name) or self._read(node)

    def checked(self, operand: Operand) -> Operand:
        """Make sure that a value is no list."""
        operand = self.bind(operand)
        if operand.kind == ANY:
            with self.block(f"if {operand.code}.__class__ is tuple:"):
                self.line(f"raise {self.constant(Handover)}")
            operand = Operand(operand.code, OPT)
            self._scopes[-1][operand.code] = operand
        return operand

    # Conditions

    def condition(self, node: ast.Node) -> str:
        """Write what decides a condition and return a Python condition."""
        known = self._known(node)
        if known is not None:
            return self._is_true(known)
        if isinstance(node, ast.Comparison):
            return self._comparison(node)
        if isinstance(node, ast.Call):
            bound = self.bound(node)
            if not bound.function.own and bound.function.name in QUESTIONS:
                if node in self.shared:
                    return self._is_true(self.value(node))
                return self.question(bound)
        return self._is_true(self.value(node))

    def question(self, bound: Bound) -> str:
        """Write whether there is a value, and a value that is not empty."""
        operand = self.bind(self.value(bound.arguments[0]))
        code = operand.code
        if bound.function.name in {"IsNull", "IsNothing"}:
            return f"({code} is None)"
        if operand.kind == ANY:
            code = f"{self.constant(values.is_present)}({code})"
        return f"(not {code})" if bound.function.name == "IsNullOrEmpty" else f"({code})"

    def _is_true(self, operand: Operand) -> str:
        if operand.constant:
            holds = values.is_true(operand.value)  # type: ignore[arg-type]
            return "True" if holds else "False"
        bound = self.bind(operand)
        decide = self.constant(values.is_true)
        return f'({bound.code} == "True" or {bound.code} != "False" and {decide}({bound.code}))'

    def _comparison(self, node: ast.Comparison) -> str:
        symbol = node.operator
        quick = self._raw_equality(node)
        if quick is not None:
            return f"(not {quick})" if symbol == "<>" else quick
        left, right = self.value(node.left), self.value(node.right)
        if symbol in {"=", "<>"}:
            if left.constant and not right.constant:
                left, right = right, left
            code = self._equality(self.bind(left), self.bind(right))
            return f"(not {code})" if symbol == "<>" else code
        if right.constant and isinstance(right.value, str):
            return (
                f"{self.constant(partial(_ordered, *_against(symbol, right.value)))}({left.code})"
            )
        compare = self.constant(values.compare)
        return f"{compare}({left.code}, {self.constant(symbol)}, {right.code})"

    def _raw_equality(self, node: ast.Comparison) -> str | None:
        """Compare an attribute that is used nowhere else with a text, as it comes."""
        attribute, text = node.left, node.right
        if isinstance(attribute, ast.Text):
            attribute, text = text, attribute
        if node.operator not in {"=", "<>"} or not isinstance(attribute, ast.Attribute):
            return None
        if not isinstance(text, ast.Text) or not text.value:
            return None
        if self._uses[attribute.name] > 1 or values.number(text.value) is not None:
            return None
        raw = self.raw(attribute)
        if raw.kind != RAW:
            return None
        name, key = raw.code, self.constant(text.value)
        slow = f"{self.constant(_equals_text)}({name}, {key})"
        rest = f"{name}.__class__ is not str and {name} is not None and {slow}"
        if text.value == "True":
            return f"({name} is True or {name} == {key} or {name} is not False and {rest})"
        if text.value == "False":
            return f"({name} is False or {name} == {key} or {name} is not True and {rest})"
        return f"({name} == {key} or {rest})"

    def _equality(self, left: Operand, right: Operand) -> str:
        a, b = left.code, right.code
        if right.constant and isinstance(right.value, str):
            number = values.number(right.value)
            if number is not None:
                equal = self.constant(partial(_equals_number, number))
                return f"({a} == {b} or {equal}({a}))"
            code = f"{a} == {b}" if right.value else f"not {a}"
            if left.kind != ANY:
                return f"({code})"
            refuse = self.constant(_refuse_list)
            return f"({code} or {a}.__class__ is tuple and {refuse}({a}))"
        compare = self.constant(values.compare)
        return f"{compare}({a}, {self.constant('=')}, {b})"

    # Calls

    def bound(self, node: ast.Call) -> Bound:
        """Return the function and the arguments of a call."""
        return self._current.calls[id(node)]

    def _call(self, node: ast.Call, *, top: bool) -> Operand:
        bound = self.bound(node)
        function = bound.function
        if function.own or self._indent > DEEPEST or self._may_not_draw(bound):
            return self.step_by_step(node)
        writer = self._writers.get(function.name)
        if writer is not None:
            operand = writer(self, node, bound, top)
            if operand is not None:
                return operand
        if function.lazy:
            return self.step_by_step(node)
        return self._eager(node, bound)

    def _may_not_draw(self, bound: Bound) -> bool:
        """Whether no value for the first argument keeps a later one from drawing something."""
        return bound.function.null_to_null and not all(
            _pure(self._current, argument) for argument in bound.arguments[1:]
        )

    def step_by_step(self, node: ast.Node) -> Operand:
        """Leave a node to the tree evaluator."""
        self.needs_run = True
        walk = self.constant(_Walk(self._current, node))
        return self.bind(Operand(f"{walk}(a, r)", ANY, atomic=False))

    def _eager(self, node: ast.Call, bound: Bound) -> Operand:
        """Write a plain call of the function itself."""
        function = bound.function
        arguments: list[str] = []
        first: Operand | None = None
        for position, argument in enumerate(bound.arguments):
            operand = self.value(argument)
            if len(operand.code) > _LONG:
                operand = self.bind(operand)
            if position == 0 and function.null_to_null:
                first = operand = self.bind(operand)
            arguments.append(self._argument(operand, argument, function, position))
        missing = len(function.parameters) - len(bound.arguments)
        if missing > 0 and not function.parameters[-1].repeating:
            arguments += ["None"] * missing
        call = self.constant(function.call)
        if function.needs_run:
            self.needs_run = True
            arguments.insert(0, "r")
        if not function.pure:
            self.needs_run = True
            key = self.constant((node.span, function.name))
            once = self.constant(_once)
            # Bound at once, so that draws come in the order of the text.
            drawn = self.bind(
                Operand(f"{once}(r, {key}, {', '.join([call, *arguments])})", ANY, atomic=False)
            )
            code = drawn.code
        else:
            code = f"{call}({', '.join(arguments)})"
        kind = ANY if function.result in (Kind.ANY, Kind.LIST) else STR
        if kind == STR and function.name in _MAY_BE_NOTHING:
            kind = OPT
        if first is not None and first.kind != STR:
            code = f"(None if {first.code} is None else {code})"
            kind = max(kind, OPT)
        return Operand(code, kind, atomic=False)

    def _argument(self, operand: Operand, node: ast.Node, function: Function, position: int) -> str:
        parameter = function.parameter(position)
        kind = parameter.kind
        if isinstance(node, ast.Omitted):
            return self.constant(()) if kind is Kind.LIST else "None"
        if operand.constant and isinstance(operand.value, str):
            try:
                return self.constant(converted(operand.value, parameter))
            except values.ArgumentError:
                return f"{self.constant(hand_over)}()"
        if kind is Kind.ANY or (kind in (Kind.TEXT, Kind.DATE) and operand.kind != ANY):
            return operand.code
        if kind in (Kind.TEXT, Kind.DATE):
            return f"{self.constant(values.single)}({operand.code})"
        if kind is Kind.LIST:
            return f"{self.constant(values.texts)}({operand.code})"
        if kind is Kind.INTEGER and parameter.required:
            return f"{self.constant(values.integer)}({operand.code})"
        convert = self.constant(partial(converted, parameter=parameter))
        return f"{convert}({operand.code})"

    def bounded(self, name: str) -> None:
        """Hand over when a text is too long to go on."""
        with self.block(f"if len({name}) > {values.TEXT_LIMIT}:"):
            self.line(f"raise {self.constant(Handover)}")


#: Functions that give no value for some values of their arguments.
_MAY_BE_NOTHING: Final = frozenset({"DateAdd", "Prepend"})

Writer: TypeAlias = Callable[["Emitter", ast.Call, Bound, bool], "Operand | None"]

#: Functions that ask for a value and are written as conditions.
QUESTIONS: Final = frozenset({"IsNothing", "IsNull", "IsNullOrEmpty", "IsPresent"})

#: Prefix of the key under which an attribute that is not rendered yet is known.
_RAW_OF: Final = "raw "


def _list_use(bound: Bound, position: int) -> int:
    """Tell how a call uses a list in one of its arguments."""
    function = bound.function
    if function.own:
        return _EXACT
    kind = function.parameter(position).kind
    if kind is Kind.ANY:
        return _SOME if function.name in _ONE_OR_LIST else _EXACT
    if kind is Kind.LIST:
        several = function is lists.join and len(bound.arguments) > _JOIN_OF_ONE
        return _ONE if several else _SOME
    return _ONE


#: Arguments of a Join with one source.
_JOIN_OF_ONE: Final = 2


def _pure(prepared: Prepared, root: ast.Node) -> bool:
    """Whether a node gives the same whenever it is evaluated on the same object."""
    return all(
        (prepared.calls[id(node)].function.pure and not prepared.calls[id(node)].function.needs_run)
        or prepared.calls[id(node)].function.name in _REPEATABLE
        for node in ast.find_all(root, ast.Call)
    )


#: Functions that use the running evaluation and are repeatable in it.
_REPEATABLE: Final = frozenset({"FormatDateTime", "Now", "Replace"})


class _Walk:
    """A node that the tree evaluator evaluates."""

    __slots__ = ("_node", "_prepared")

    def __init__(self, prepared: Prepared, node: ast.Node) -> None:
        self._prepared = prepared
        self._node = node

    def __call__(self, attributes: Mapping[str, object], run: Run) -> values.Value:
        return self._prepared.step(self._node, attributes, run)


def _normal_one(value: object) -> values.Value:
    """Render a value; a list of one is its element."""
    found = values.normal(value)
    if found.__class__ is tuple and len(found) == 1:
        return found[0]
    return found


def _scalar(value: object) -> values.Value:
    """Render a value; several of them hand over."""
    found = _normal_one(value)
    if found.__class__ is tuple:
        raise Handover
    return found


_RENDER: Final = {_ONE: _scalar, _SOME: _normal_one, _EXACT: values.normal}


def _equals_text(value: object, text: str) -> bool:
    return values.compare(values.normal(value), "=", text)


_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _against(symbol: str, text: str) -> tuple[Callable[[Any, Any], bool], object, str]:
    """Prepare a comparison with a constant."""
    return _ORDER[symbol], values.number(text), text


def _ordered(
    decide: Callable[[Any, Any], bool], limit: object, text: str, value: values.Value
) -> bool:
    one = values.single(value)
    if one is None:
        return False
    if limit is not None:
        number = values.number(one)
        if number is not None:
            return decide(number, limit)
    return decide(one, text)


def _once(run: Run, key: tuple[Any, ...], call: Callable[..., Any], *arguments: Any) -> Any:
    span, name = key
    return run.once((run.target, span, name), lambda: call(*arguments))


def hand_over() -> None:
    raise Handover


def _refuse_list(value: values.Value) -> bool:
    values.single(value)
    raise Handover


def _equals_number(number: object, value: values.Value) -> bool:
    return values.number(values.single(value)) == number
