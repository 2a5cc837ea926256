"""Trees to the lines of one Python function.

What is written are our own names (``v0``, ``k3``), operators and calls; every text, number
and function enters through the namespace of the compiled code, so nothing of an expression
or of data ever becomes source. Lines are optimistic: they assume what mappings usually meet
(texts and absent values) and let anything else fail, since the caller then evaluates the
same expression step by step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeAlias

import attrs

from ldapconnector.expressions import _ast as ast
from ldapconnector.expressions import _values as values
from ldapconnector.expressions._run import Run
from ldapconnector.expressions._signature import Function, Kind
from ldapconnector.expressions._tree import Bound, Prepared, converted
from ldapconnector.expressions.functions import logic

__all__ = ["ANY", "DEEPEST", "OPT", "QUESTIONS", "STR", "Emitter", "Handover", "Operand", "Writer"]

#: What is known of a value: surely a text; a text or nothing; anything.
STR: Final = 0
OPT: Final = 1
ANY: Final = 2


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

    def __init__(self, expressions: Iterable[Prepared], writers: Mapping[str, Writer]) -> None:
        self.expressions = tuple(expressions)
        self._writers = writers
        self.lines: list[str] = []
        self.namespace: dict[str, Any] = {}
        self.needs_run = False
        self._indent = 1
        self._constants: dict[tuple[type, Any], str] = {}
        self._count = 0
        self._scopes: list[dict[ast.Node | str, Operand]] = [{}]
        self._current: Prepared
        self.shared = self._repeated()
        self._keeps_lists = self._list_sensitive()

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

    def _list_sensitive(self) -> frozenset[str]:
        """Find attributes for which a list of one is not the same as its element."""
        found: set[str] = set()
        for prepared in self.expressions:
            if isinstance(prepared.root, ast.Attribute):
                found.add(prepared.root.name)
            for node in ast.find_all(prepared.root, ast.Call):
                bound = prepared.calls[id(node)]
                function = bound.function
                if function.name in _ONE_OR_LIST and not function.own:
                    continue
                for position, argument in enumerate(bound.arguments):
                    passes = function.parameter(position).kind is Kind.ANY or function.own
                    if isinstance(argument, ast.Attribute) and passes:
                        found.add(argument.name)
        return frozenset(found)

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
            return Operand("None", OPT, constant=True)
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
            return Operand("None", OPT, constant=True)
        return Operand(self.constant(logic.directive(outcome)), ANY)

    def _attribute(self, node: ast.Attribute) -> Operand:
        name = self.fresh()
        key = self.constant(node.name)
        self.line(f"{name} = get({key})")
        keeps = node.name in self._keeps_lists
        render = self.constant(values.normal if keeps else _normal_one)
        if "." in node.name:
            with self.block(f"if {name} is None:"):
                self.line(f"{name} = {self.constant(values.read)}(a, {key})")
        with self.block(f"if {name}.__class__ is not str and {name} is not None:"):
            self.line(f"{name} = {render}({name})")
        operand = Operand(name, ANY)
        self._scopes[-1][node] = operand
        return operand

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
                question = QUESTIONS[bound.function.name]
                return question(self.bind(self.value(bound.arguments[0])).code)
        return self._is_true(self.value(node))

    def _is_true(self, operand: Operand) -> str:
        if operand.constant:
            holds = values.is_true(operand.value)  # type: ignore[arg-type]
            return "True" if holds else "False"
        bound = self.bind(operand)
        decide = self.constant(values.is_true)
        return f'({bound.code} == "True" or {bound.code} != "False" and {decide}({bound.code}))'

    def _comparison(self, node: ast.Comparison) -> str:
        left, right = self.value(node.left), self.value(node.right)
        operator = node.operator
        if operator in {"=", "<>"}:
            if left.constant and not right.constant:
                left, right = right, left
            code = self._equality(self.bind(left), self.bind(right))
            return f"(not {code})" if operator == "<>" else code
        compare = self.constant(values.compare)
        return f"{compare}({left.code}, {self.constant(operator)}, {right.code})"

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
        if function.own or self._indent > DEEPEST:
            return self.step_by_step(node)
        writer = self._writers.get(function.name)
        if writer is not None:
            operand = writer(self, node, bound, top)
            if operand is not None:
                return operand
        if function.lazy:
            return self.step_by_step(node)
        return self._eager(node, bound)

    def step_by_step(self, node: ast.Node) -> Operand:
        """Leave a node to the tree evaluator."""
        self.needs_run = True
        walk = self.constant(_Walk(self._current, node))
        return Operand(f"{walk}(a, r)", ANY, atomic=False)

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
            code = f"{once}(r, {key}, {', '.join([call, *arguments])})"
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
                return f"{self.constant(_hand_over)}()"
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

QUESTIONS: Final[dict[str, Callable[[str], str]]] = {
    "IsPresent": lambda code: f"({code})",
    "IsNullOrEmpty": lambda code: f"(not {code})",
    "IsNull": lambda code: f"({code} is None)",
    "IsNothing": lambda code: f"({code} is None)",
}


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


def _once(run: Run, key: tuple[Any, ...], call: Callable[..., Any], *arguments: Any) -> Any:
    span, name = key
    return run.once((run.target, span, name), lambda: call(*arguments))


def _hand_over() -> None:
    raise Handover


def _refuse_list(value: values.Value) -> bool:
    values.single(value)
    raise Handover


def _equals_number(number: object, value: values.Value) -> bool:
    return values.number(values.single(value)) == number
