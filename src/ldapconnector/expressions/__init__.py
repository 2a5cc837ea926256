"""The expression language of Microsoft Entra provisioning. Knows nothing of LDAP.

``Expression.parse(text)`` gives a frozen value; ``evaluate``, ``check``, ``explain`` and
``to_graph`` are asked of it. Its tree (``.root``) is made of the nodes of
:mod:`ldapconnector.expressions.nodes`.
"""

from ldapconnector.expressions._compile import compile_mapping, compile_values
from ldapconnector.expressions._context import EvaluationContext
from ldapconnector.expressions._diagnostic import AttributeShape, Diagnostic
from ldapconnector.expressions._explain import Explanation, Step
from ldapconnector.expressions._expression import Expression
from ldapconnector.expressions._signature import Function, Kind, ParameterSpec, Registry, function
from ldapconnector.expressions._values import ArgumentError, Ignored, read_attribute
from ldapconnector.expressions.functions import BUILT_IN as _BUILT_IN

__all__ = [
    "ArgumentError",
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
    "compile_values",
    "function",
    "functions",
    "read_attribute",
]


def functions() -> Registry:
    """Return the built-in functions by name, with signature, summary, source and example.

    >>> functions()["Word"].example
    ('Word("The quick brown fox", 3, " ")', 'brown')
    """
    return _BUILT_IN
