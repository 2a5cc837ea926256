"""The built-in functions of the language, one module a family, gathered as one value."""

from typing import Final

from ldapconnector.expressions._signature import Function, Registry
from ldapconnector.expressions.functions import (
    conversion,
    dates,
    identity,
    lists,
    logic,
    text,
)

__all__ = ["BUILT_IN", "FAMILIES"]

#: The families in the order of the documentation.
FAMILIES: Final[dict[str, tuple[Function, ...]]] = {
    "Text": text.FUNCTIONS,
    "Lists": lists.FUNCTIONS,
    "Choices and conditions": logic.FUNCTIONS,
    "Dates": dates.FUNCTIONS,
    "Conversion": conversion.FUNCTIONS,
    "Names, passwords and roles": identity.FUNCTIONS,
}

#: Every built-in function by name.
BUILT_IN: Final = Registry(found for family in FAMILIES.values() for found in family)
