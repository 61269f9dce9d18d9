"""The text of one statement, with its names as the slice has them and without what is the framework's."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import libcst as cst
from libcst.metadata import CodeRange

from zencompile.frontend.closures.modules import Module
from zencompile.frontend.closures.names import Import
from zencompile.frontend.text.plan import Cut, Place, Plan

Positions = Mapping[cst.CSTNode, CodeRange]
_Definition = TypeVar("_Definition", cst.FunctionDef, cst.ClassDef)
_Import = TypeVar("_Import", cst.Import, cst.ImportFrom)
_Item = TypeVar("_Item", cst.Arg, cst.ImportAlias, cst.SubscriptElement)


class Rewriter(cst.CSTTransformer):
    """Applies a cut's edits. Places are those of the syntax tree; `positions` tells them for text."""

    def __init__(
        self, plan: Plan, cut: Cut, positions: Positions, indent: str, place: Callable[[ast.expr], Place]
    ) -> None:
        super().__init__()
        self.plan = plan
        self.cut = cut
        self.positions = positions
        self.indent = indent
        self.depth = 0  # of functions and classes around
        stripped = cut.stripped
        self.decorators = {place(node) for node in stripped.decorators}
        self.bases = {place(node) for node in stripped.bases}
        self.outputs = {place(node): name for node, name in stripped.metadata}
        self.renamed = {
            target.name: plan.naming.of(target)
            for target in plan.naming.targets_of(cut.unit.module)
            if plan.naming.of(target) != target.name
        }
        self.spelled = {text: plan.naming.of(target) for text, target in cut.texts.items()}

    def _at(self, node: cst.CSTNode) -> Place:
        start = self.positions[node].start
        return start.line, start.column

    # -- names

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        edit = self.cut.edits.get(self._at(original_node)) if original_node in self.positions else None
        if edit is None or edit.depth:
            return updated_node
        return updated_node.with_changes(value=self.plan.naming.of(edit.target))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        root: cst.BaseExpression = original_node
        depth = 0
        while isinstance(root, cst.Attribute):
            root, depth = root.value, depth + 1
        edit = self.cut.edits.get(self._at(root)) if isinstance(root, cst.Name) else None
        if edit is None or edit.depth != depth:
            return updated_node
        name = self.plan.naming.of(edit.target)
        return cst.Name(name, lpar=updated_node.lpar, rpar=updated_node.rpar)

    def leave_Global(self, original_node: cst.Global, updated_node: cst.Global) -> cst.Global:
        items = [
            item.with_changes(name=cst.Name(self.renamed.get(item.name.value, item.name.value)))
            for item in updated_node.names
        ]
        return updated_node.with_changes(names=items)

    def leave_Annotation(self, original_node: cst.Annotation, updated_node: cst.Annotation) -> cst.Annotation:
        if not self.spelled:
            return updated_node
        annotation = updated_node.annotation.visit(_Spelling(self.spelled))
        return updated_node.with_changes(annotation=annotation)

    # -- definitions

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.depth += 1

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.depth += 1

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self.depth -= 1
        return self._definition(updated_node)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self.depth -= 1
        bases: list[cst.Arg] = [
            new for old, new in zip(original_node.bases, updated_node.bases, strict=True) if not self._is_base(old)
        ]
        if len(bases) < len(updated_node.bases):
            bases = _without_last_comma(bases)
            parentheses = bool(bases or updated_node.keywords)
            updated_node = updated_node.with_changes(
                bases=bases,
                lpar=updated_node.lpar if parentheses else cst.MaybeSentinel.DEFAULT,
                rpar=updated_node.rpar if parentheses else cst.MaybeSentinel.DEFAULT,
            )
        return self._definition(updated_node)

    def _is_base(self, argument: cst.Arg) -> bool:
        return self._at(argument.value) in self.bases

    def _definition(self, node: _Definition) -> _Definition:
        """Its own name at the top level; no gap where decorators were."""
        if not self.depth and node.name.value in self.renamed:
            node = node.with_changes(name=cst.Name(self.renamed[node.name.value]))
        if not node.decorators and node.lines_after_decorators:
            lines = [*node.leading_lines, *node.lines_after_decorators]
            node = node.with_changes(leading_lines=lines, lines_after_decorators=())
        return node

    def leave_Decorator(
        self, original_node: cst.Decorator, updated_node: cst.Decorator
    ) -> cst.Decorator | cst.RemovalSentinel:
        if self._at(original_node.decorator) in self.decorators:
            return cst.RemoveFromParent()
        return updated_node

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.BaseExpression:
        """`Annotated[T, ArtifactConfig(name="x")]` becomes `Annotated[T, "x"]`, or T where no name is given."""
        if not self.outputs:
            return updated_node
        kept = []
        for old, new in zip(original_node.slice, updated_node.slice, strict=True):
            place = self._at(old.slice.value) if isinstance(old.slice, cst.Index) else (0, 0)
            if place not in self.outputs:
                kept.append(new)
            elif self.outputs[place] is not None:
                text = '"' + str(self.outputs[place]).replace("\\", "\\\\").replace('"', '\\"') + '"'
                kept.append(new.with_changes(slice=cst.Index(cst.SimpleString(text))))
        if len(kept) == len(updated_node.slice):
            return updated_node.with_changes(slice=kept)
        if len(kept) == 1 and isinstance(kept[0].slice, cst.Index):
            return kept[0].slice.value
        return updated_node.with_changes(slice=_without_last_comma(kept))

    # -- imports inside functions

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import | cst.RemovalSentinel:
        if not self.depth:
            return updated_node
        return self._imports(updated_node, [Import(_dotted(alias.name)) for alias in original_node.names])

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.RemovalSentinel:
        if not self.depth or isinstance(original_node.names, cst.ImportStar):
            return updated_node
        module = _dotted(original_node.module) if original_node.module else ""
        level = len(original_node.relative)
        return self._imports(updated_node, [Import(module, None, level)] * len(original_node.names))

    def _imports(self, node: _Import, targets: list[Import]) -> _Import | cst.RemovalSentinel:
        """Without what comes from the project: that stands in the slice itself."""
        names = node.names
        assert not isinstance(names, cst.ImportStar)
        kept = [name for name, target in zip(names, targets, strict=True) if not self._is_own(target)]
        if not kept:
            return cst.RemoveFromParent()
        if len(kept) == len(names):
            return node
        return node.with_changes(names=_without_last_comma(kept))

    def _is_own(self, target: Import) -> bool:
        module: Module = self.cut.unit.module
        found = self.plan.resolver.find(self.plan.resolver.absolute(module, target), module)
        return found is not None and found.file is not None

    # -- form

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        if updated_node.indent is None and self.indent != "    ":
            return updated_node.with_changes(indent=self.indent)
        return updated_node


class _Spelling(cst.CSTTransformer):
    """Names in the strings of an annotation."""

    def __init__(self, spelled: dict[str, str]) -> None:
        super().__init__()
        self.spelled = spelled

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.SimpleString:
        text = updated_node.value
        for old, new in self.spelled.items():
            text = re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w)", new, text)
        return updated_node.with_changes(value=text)


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _without_last_comma(items: list[_Item]) -> list[_Item]:
    return items[:-1] + [item.with_changes(comma=cst.MaybeSentinel.DEFAULT) for item in items[-1:]]
