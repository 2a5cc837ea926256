"""Text to tree, and what an author is told when that fails."""

import pytest

from ldapconnector.errors import ExpressionSyntaxError
from ldapconnector.expressions import Expression
from ldapconnector.expressions import nodes as ast


def tree(text):
    return Expression.parse(text).root


def call(name, *arguments):
    return ast.Call(name, arguments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[mail]", ast.Attribute("mail")),
        (
            "[urn:ietf:params:scim:schemas:extension:contoso:1.0:User:JobCode]",
            ast.Attribute("urn:ietf:params:scim:schemas:extension:contoso:1.0:User:JobCode"),
        ),
        ("[msDS-cloudExtensionAttribute1]", ast.Attribute("msDS-cloudExtensionAttribute1")),
        ('[emails[type eq "work"].value]', ast.Attribute('emails[type eq "work"].value')),
        ("Now()", call("Now")),
        ("Now(\n )", call("Now")),
        ("-10", ast.Number(-10)),
        ("129699324000000000", ast.Number(129699324000000000)),
        ("&hf7", ast.Number(0xF7)),
        ("%DomainFQDN%", ast.Parameter("DomainFQDN")),
        ("IgnoreObjectFlow", ast.Token("IgnoreObjectFlow")),
        ("[a]<>[b]", ast.Comparison(ast.Attribute("a"), "<>", ast.Attribute("b"))),
        (
            "CBool([a] = [b])",
            call("CBool", ast.Comparison(ast.Attribute("a"), "=", ast.Attribute("b"))),
        ),
        ("ToLower([a], )", call("ToLower", ast.Attribute("a"), ast.Omitted())),
        (
            "Switch (\n\t[a],,\r\n)",
            call("Switch", ast.Attribute("a"), ast.Omitted(), ast.Omitted()),
        ),
        ("Coalesce(, [a])", call("Coalesce", ast.Omitted(), ast.Attribute("a"))),
        ("\ufeff [a] ", ast.Attribute("a")),
    ],
)
def test_a_construct_gives_its_tree(text, expected):
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"\"Contoso\""', '"Contoso"'),
        (r'"a\\b"', "a\\b"),
        (r'"\+(?<n>\d*)"', r"\+(?<n>\d*)"),
        (r'"\\+(?<n>\\d*)"', r"\+(?<n>\d*)"),
        (r'"\,"', r"\,"),
        (r'"\n\t"', r"\n\t"),
        (r'"\\\""', '\\"'),
        ('"two\nlines"', "two\nlines"),
        ('"it\'s"', "it's"),
        ('""', ""),
    ],
)
def test_only_quote_and_backslash_are_escaped(written, value):
    node = tree(written)
    assert node == ast.Text(value)
    assert ast.unquote(ast.quote(value)) == value


def test_spans_and_walk_tell_where_nodes_stand():
    text = 'IIF([a]="1",\n  ToLower([b]), "x")'
    root = tree(text)
    found = {text[node.span[0] : node.span[1]] for node in ast.walk(root)}
    assert found == {text, '[a]="1"', "[a]", '"1"', "ToLower([b])", "[b]", '"x"'}
    lower = next(node for node in ast.find_all(root, ast.Call) if node.name == "ToLower")
    assert ast.locate(text, lower.span[0]) == (2, 3)


@pytest.mark.parametrize("text", ["tolower([a])", "TOLOWER([a])", "Instr([a], [b])"])
def test_functions_are_found_in_any_case_unless_strict(text):
    expression = Expression.parse(text)
    assert expression.functions <= {"ToLower", "InStr"}
    with pytest.raises(ExpressionSyntaxError, match="is spelled"):
        Expression.parse(text, strict=True)


def test_attribute_names_keep_their_case():
    assert Expression.parse("Join([a], [A])").attributes == {"a", "A"}


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("ToLowr([mail])", (1, 1), "did you mean ToLower?"),
        ("Join([a],\n  Apend([b]))", (2, 3), "did you mean Append?"),
        ("[a] & [b]", (1, 5), "& is connect-sync"),
        ('IIF([a]="1" && [b]="2", 1, 2)', (1, 13), "&& is connect-sync"),
        ('IIF([a]="1" || [b]="2", 1, 2)', (1, 13), "|| is connect-sync"),
        ('IIF([a]="1" AND [b]="2", 1, 2)', (1, 13), "nest IIF"),
        ('IIF([a]="1" or [b]="2", 1, 2)', (1, 13), "nest IIF"),
        ('[a] + "x"', (1, 5), "there is no +"),
        ("LCase([a])", (1, 1), "ToLower(x)"),
        ("UCase([a])", (1, 1), "ToUpper(x)"),
        ("PadLeft([a], 6)", (1, 1), "Replace("),
        ("Right([a], 4)", (1, 1), "Replace("),
        ("CNum([a])", (1, 1), "numeric texts"),
        ("Len([a])", (1, 1), "nothing here corresponds"),
        ("IIF([a]=True, 1, 2)", (1, 9), 'the text "True"'),
        ("Switch([a], NULL)", (1, 13), "IsNull"),
        ("Append([a], AuthoritativeNull)", (1, 13), "IgnoreFlowIfNullOrEmpty"),
        ("$item", (1, 1), "$item is connect-sync"),
        ("ToLower(\N{LEFT DOUBLE QUOTATION MARK}x)", (1, 9), "typographic"),
        ("ToLower('x')", (1, 9), "double quotes"),
        ("[a]!=[b]", (1, 4), "<>"),
        ("IIF([a]==[b], 1, 2)", (1, 9), "= <> >"),
        ("[a]=[b]=[c]", (1, 8), "do not chain"),
        ('ToLower("x)', (1, 9), "not closed"),
        ("ToLower([x)", (1, 9), "not closed"),
        ('Join("a" "b")', (1, 10), "comma missing"),
        ("Join([a] [b])", (1, 10), "comma missing"),
        ("ToLower([a]))", (1, 13), "too many"),
        ("Mid([a], 1.5, 2)", (1, 11), "whole numbers"),
        ('Join("@", contoso.com")', (1, 18), "opening quote"),
        ("Append([a], vbTextCompar)", (1, 13), "did you mean vbTextCompare?"),
        ("Append([a], Now)", (1, 13), "parentheses"),
        ("Append([a], mail)", (1, 13), "[mail]"),
        ("(1)", (1, 1), "before the parenthesis"),
        ("ToLower [a]", (1, 9), "in parentheses: ToLower(...)"),
        ('ToLower "a"', (1, 9), "in parentheses: ToLower(...)"),
        ("[a] [b]", (1, 5), "join two values"),
        ('"a" "b"', (1, 5), "join two values"),
        ("ToLower([a]) ToUpper([b])", (1, 14), "join two values"),
        ("[]", (1, 1), "an attribute has a name"),
        ("ToLower([])", (1, 9), "an attribute has a name"),
        ("=ToLower([a])", (1, 1), "without ="),
        ('IIF(="x", "y", "z")', (1, 5), "missing before the operator"),
        ('IIF([a]=, "y", "z")', (1, 9), "what to compare with is missing"),
        ("CBool([a]=)", (1, 11), "what to compare with is missing"),
        ("Left([a], +1)", (1, 11), "no sign"),
        ("Left([a], - 1)", (1, 11), "directly before the digits"),
        ("Left([a], 2*3)", (1, 12), "no arithmetic"),
        ("ToLower([a]);", (1, 13), "without a semicolon"),
        ("ToLower([a]).Trim()", (1, 13), "nested, not chained"),
        ('IIF(NOT [a]="x", 1, 2)', (1, 9), "Not(x)"),
        ("// note\n[a]", (1, 1), "no comments"),
        ("ToLower(\u200b[a])", (1, 9), "U+200B"),
        ("\x00[a]", (1, 1), "U+0000"),
        ("ToLower\uff08[a])", (1, 8), "write ("),
        ('Append([a]\uff0c"x")', (1, 11), "write ,"),
    ],
)
def test_a_mistake_is_placed_and_a_way_out_is_named(text, position, hint):
    with pytest.raises(ExpressionSyntaxError) as caught:
        Expression.parse(text)
    error = caught.value
    assert (error.line, error.column) == position
    assert hint in error.hint
    assert error.text == text


def test_the_caret_stands_under_the_mistake():
    with pytest.raises(ExpressionSyntaxError) as caught:
        Expression.parse('Join(".",\n     [a],,"b"')
    shown = str(caught.value)
    assert "line 2, column 14" in shown
    assert '\n         [a],,"b"\n                 ^' in shown
    assert "expected: a closing parenthesis, a comma" in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ToLower(mail)", "an attribute [name]"),
        ("Left([a], 18446744073709551616)", "a number from -9223372036854775808 to"),
        ("ToLower(", "an attribute [name]"),
        ("[a] x", "the end"),
    ],
)
def test_what_could_have_stood_there_is_told(text, expected):
    with pytest.raises(ExpressionSyntaxError) as caught:
        Expression.parse(text)
    assert any(one.startswith(expected) for one in caught.value.expected)


@pytest.mark.parametrize("text", ["", "  \n", "Join(", 'Join("a",', "[a]=", "Join([a]"])
def test_a_text_that_ends_too_early_says_so(text):
    with pytest.raises(ExpressionSyntaxError, match=r"empty|ends"):
        Expression.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "f(" * 200 + ")" * 200,
        "f(" * 40_000,
        "[" * 90_000,
        '"' + "\\" * 90_001,
        "1" * 90_000,
        "&H" + "F" * 17,
        "18446744073709551616",
        "x" * 100_001,
    ],
)
def test_no_text_is_too_wild_for_an_error(text):
    with pytest.raises(ExpressionSyntaxError) as caught:
        Expression.parse(text)
    assert len(str(caught.value)) < 2_000


def test_parsing_again_is_a_look_up():
    text = 'Join(" ", [one], [two])'
    assert Expression.parse(text) is Expression.parse(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (
            'Replace([preferredLanguage], "-", , , "_", ,  )',
            'Replace([preferredLanguage], "-", , , "_", , )',
        ),
        ("ToLower([x],)", "ToLower([x], )"),
        (
            'IIF( BitAnd([uac],2) = "0" ,"True","False" )',
            'IIF(BitAnd([uac], 2)="0", "True", "False")',
        ),
        ("switch([a],,&HF,\n -1)", "Switch([a], , &HF, -1)"),
        (r'Append("\d", "\\d")', r'Append("\d", "\\d")'),
    ],
)
def test_the_canonical_text_is_the_services(text, canonical):
    expression = Expression.parse(text)
    assert str(expression) == canonical
    assert Expression.parse(canonical) == expression
    assert hash(Expression.parse(canonical)) == hash(expression)
