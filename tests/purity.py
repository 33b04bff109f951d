"""What makes a package pure: no framework, no input or output, no binary floats."""

import ast


def find_impurities(path, allowed, may_divide=False):
    """Return a sentence for everything in a module that is not pure.

    :param allowed: modules it may import
    :param may_divide: whether `/` is exact there (fractions, decimals)
    """
    return [
        f"{path.name}:{getattr(node, 'lineno', '?')} {what}"
        for node in ast.walk(ast.parse(path.read_text()))
        if (what := _find_impurity(node, allowed, may_divide))
    ]


def _find_impurity(node, allowed, may_divide):
    if isinstance(node, ast.Import | ast.ImportFrom):
        foreign = _get_imported(node) - allowed
        return f"imports {', '.join(sorted(foreign))}" if foreign else None
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return "has a float"
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("float", "open", "print", "input")
    ):
        return f"calls {node.func.id}()"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not may_divide:
        return "divides with /"
    return None


def _get_imported(node):
    """The top-level modules an import names; relative ones are the package's own."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    return set() if node.level else {node.module.split(".")[0]}
