# SPDX-License-Identifier: Apache-2.0
"""Enough C++ to count: code without comments and texts, and where functions begin and end.

Not a parser. It knows braces, and tells by the words before a brace what the brace opens. What it
is for is written clang-formatted by people who want to pass, so that this is enough.
"""
import re
from dataclasses import dataclass

_SKIP = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.DOTALL)
_CONTROL = re.compile(r"(?:else\s+)?(?:if|for|while|switch)\b|else$|do$|try$|catch\b")
_TYPE = re.compile(r"\b(?:class|struct|union|enum)\b")


def code_only(text):
    """The text with comments, strings and characters blanked; lines and columns stay."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group())
    return _SKIP.sub(blank, text)


def comments_only(text):
    """(line, comment) for every comment."""
    return [(text.count("\n", 0, found.start()) + 1, found.group())
            for found in _SKIP.finditer(text) if found.group().startswith(("//", "/*"))]


@dataclass
class Function:
    """A function with a body."""
    header: str  # declaration, blanks squeezed
    line: int  # of the declaration's beginning
    lines: int  # to its closing brace
    nesting: int  # of control statements with braces
    parameters: int


@dataclass
class _Brace:
    kind: str  # scope, function, control, other
    header: str
    line: int


def functions(text):
    """Every function of a file that has a body, lambdas not counted."""
    code = re.sub(r"^[ \t]*#(?:\\\n|.)*", lambda found: " " * len(found.group()), code_only(text),
                  flags=re.MULTILINE)
    found, stack, header_start, nesting = [], [], 0, 0
    for match in re.finditer(r"[{};]", code):
        at, mark = match.start(), match.group()
        header = code[header_start:at]
        if mark == "{":
            kind = _kind(header, stack)
            stack.append(_Brace(kind, header, _line_of_first_word(code, header_start, at)))
            depth = sum(brace.kind == "control" for brace in stack)
            nesting = 0 if kind == "function" else max(nesting, depth)
            header_start = header_start if kind == "initialiser" else at + 1
        elif mark == "}" and stack:
            brace = stack.pop()
            if brace.kind == "function":
                last = code.count("\n", 0, at) + 1
                found.append(Function(" ".join(brace.header.split()), brace.line,
                                      last - brace.line + 1, nesting,
                                      _parameters(brace.header)))
            header_start = header_start if brace.kind == "initialiser" else at + 1
        elif mark == ";" and not any(brace.kind == "initialiser" for brace in stack):
            if _open_parentheses(header) <= 0:
                header_start = at + 1
    return found


def _kind(header, stack):
    words = " ".join(header.split())
    inside_function = any(brace.kind in ("function", "control", "block") for brace in stack)
    if any(brace.kind == "initialiser" for brace in stack):
        return "initialiser"
    if inside_function:
        return "control" if _CONTROL.match(words) else "block"
    if re.search(r"\bnamespace\b", words) or words.startswith('extern "C"') or words == "extern":
        return "scope"
    before_bracket = words.split("(")[0]
    if _TYPE.search(re.sub(r"template\s*<.*?>", "", before_bracket)) and ")" not in words:
        return "scope"
    if "(" in words and not words.endswith(("=", ",", "(")) and _is_body(words):
        return "function"
    return "initialiser"


def _is_body(words):
    """Tells a body's brace from a member initialiser's: `F() : a_` against `F() : a_{1}`."""
    tail = words[_end_of_parameters(words):].strip()
    if not tail.startswith(":") or tail.startswith("::"):
        return True
    return tail.endswith((")", "}"))


def _parameter_span(words):
    """Where the declaration's parameter list begins and ends; operator() has one more pair."""
    start = re.search(r"\boperator\s*\(\s*\)\s*\(", words)
    begin = start.end() - 1 if start else words.find("(")
    depth = 0
    for at in range(begin, len(words)):
        depth += {"(": 1, ")": -1}.get(words[at], 0)
        if depth == 0:
            return begin, at + 1
    return begin, len(words)


def _end_of_parameters(words):
    return _parameter_span(words)[1]


def _parameters(header):
    words = " ".join(header.split())
    begin, end = _parameter_span(words)
    inside = words[begin + 1:end - 1].strip()
    if not inside or inside == "void":
        return 0
    depth, count = 0, 1
    for character in inside.replace("->", "  "):
        depth += {"(": 1, "<": 1, "[": 1, "{": 1, ")": -1, ">": -1, "]": -1, "}": -1}.get(
            character, 0)
        count += character == "," and depth == 0
    return count


def _open_parentheses(text):
    return text.count("(") - text.count(")")


def _line_of_first_word(code, start, end):
    word = re.search(r"\S", code[start:end])
    return code.count("\n", 0, start + (word.start() if word else 0)) + 1
