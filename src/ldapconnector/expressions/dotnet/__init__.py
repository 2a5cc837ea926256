"""What .NET does with dates, regular expressions and letter case, in pure Python.

The provisioning service evaluates expressions with .NET, so the results of
``FormatDateTime``, ``Replace``, ``ToLower`` and their like are those of .NET's own
functions. Each module here reproduces one of them and knows nothing of expressions:

* :mod:`~ldapconnector.expressions.dotnet.dates`: date and time texts, VB's ``DateAdd`` and ``DateDiff``, FILETIME
* :mod:`~ldapconnector.expressions.dotnet.regex`: ``System.Text.RegularExpressions``
* :mod:`~ldapconnector.expressions.dotnet.casing`: ``ToUpper``, ``ToLower``, ``ToTitleCase``
* :mod:`~ldapconnector.expressions.dotnet.diacritics`: the table behind ``NormalizeDiacritics``
* :mod:`~ldapconnector.expressions.dotnet.sid`: security identifiers
* :mod:`~ldapconnector.expressions.dotnet.white_space`: ``String.Trim``, white space

Every function raises :class:`ValueError` with a plain message (or
:class:`TimeoutError` where a regular expression exceeds its time limit), so that the
caller can say which function and argument of an expression it belongs to.
"""
