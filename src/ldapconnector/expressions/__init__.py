"""The expression language of Microsoft Entra provisioning. Knows nothing of LDAP.

``Expression.parse(text)`` gives a frozen value; ``evaluate``, ``check``, ``explain`` and
``to_graph`` are asked of it.
"""

from ldapconnector.expressions._compile import compile_mapping
from ldapconnector.expressions._context import EvaluationContext
from ldapconnector.expressions._diagnostic import AttributeShape, Diagnostic
from ldapconnector.expressions._explain import Explanation, Step
from ldapconnector.expressions._expression import Expression
from ldapconnector.expressions._signature import Function, Kind, ParameterSpec, Registry, function
from ldapconnector.expressions._values import Ignored
from ldapconnector.expressions.functions import BUILT_IN as _BUILT_IN

__all__ = [
    "AttributeShape",
    "Diagnostic",
    "EvaluationContext",
    "Explanation",
    "Expression",
    "Function",
    "Ignored",
    "Kind",
    "ParameterSpec",
    "Registry",
    "Step",
    "compile_mapping",
    "function",
    "functions",
]


def functions() -> Registry:
    """Return the built-in functions by name, with signature, summary, source and example.

    >>> functions()["Word"].example
    ('Word("The quick brown fox", 3, " ")', 'brown')
    """
    return _BUILT_IN
