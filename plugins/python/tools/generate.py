"""Generates the folder that is named, src/solverbench/_proto, from the .proto files of the contract.

For each file it makes the protobuf classes (`poisson_v1_pb2.py`, `.pyi`), which only the SDK sees, and for each family the
classes that solvers see (`poisson_v1.py`): dataclasses of scalars and arrays whose documentation is that of the .proto file.

    make -C plugins/python generate

The protobuf compiler is an old one on purpose: code that it makes runs with every later protobuf of Python, and not the
other way round.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import textwrap
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from grpc_tools import protoc

HERE = Path(__file__).resolve().parent.parent
PROTO = HERE.parent / "proto"
ARRAY, ORACLE = ".solverbench.common.v1.Array", ".solverbench.common.v1.Oracle"
SCALARS = {
    FieldDescriptorProto.TYPE_DOUBLE: ("float", "0.0"),
    FieldDescriptorProto.TYPE_UINT32: ("int", "0"),
    FieldDescriptorProto.TYPE_INT64: ("int", "0"),
    FieldDescriptorProto.TYPE_UINT64: ("int", "0"),
    FieldDescriptorProto.TYPE_BOOL: ("bool", "False"),
    FieldDescriptorProto.TYPE_STRING: ("str", '""'),
}


def main(out: Path) -> None:
    files = sorted(str(p.relative_to(PROTO)) for p in PROTO.glob("solverbench/*/v*/*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        compile_protos(files, Path(scratch))
        described = FileDescriptorSet.FromString((Path(scratch) / "set.binpb").read_bytes())
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        (out / "__init__.py").write_text('"""Made by tools/generate.py from the .proto files: do not edit."""\n')
        for name in files:
            for suffix in ("_pb2.py", "_pb2.pyi"):
                made = Path(scratch) / name.replace(".proto", suffix)
                (out / (flat(name) + suffix)).write_text(suited(made.read_text()))
    for file in described.file:
        if file.name in files and "/plugin/" not in file.name:
            (out / (flat(file.name) + ".py")).write_text(module(file))


def compile_protos(files: list[str], out: Path) -> None:
    include = Path(protoc.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{PROTO}", f"-I{include}", f"--python_out={out}", f"--pyi_out={out}"]
    arguments += [f"--descriptor_set_out={out / 'set.binpb'}", "--include_source_info", "--include_imports", *files]
    if protoc.main(arguments) != 0:
        sys.exit("generate.py: protoc failed")


def flat(name: str) -> str:
    """The module of a .proto file: poisson_v1 for solverbench/poisson/v1/poisson.proto."""
    family, version = name.split("/")[1:3]
    return f"{family}_{version}"


def suited(code: str) -> str:
    """The compiler's code with imports of where it lies here, and its stubs with the types that it leaves out."""
    code = re.sub(r"from solverbench\.(\w+)\.(v\d+) import \w+_pb2 as", r"from solverbench._proto import \1_\2_pb2 as", code)
    code = re.sub(r"^(\w+: )_ClassVar\[(.*)\]$", r"\1\2", code, flags=re.MULTILINE)
    code, mappings = re.subn(r"\b_Mapping\]", "_Mapping[str, _Any]]", code)
    return code.replace("from typing import ", "from typing import Any as _Any, ", 1) if mappings else code


def module(file: FileDescriptorProto) -> str:
    """The classes that solvers see."""
    docs = {tuple(at.path): at.leading_comments.strip("\n") for at in file.source_code_info.location}
    package = docs.get((2,), "") or docs.get((12,), "")
    classes = [enum_class(e, docs, (5, i)) for i, e in enumerate(file.enum_type)]
    order = dependency_order(file)
    classes += [message_class(file, file.message_type[i], docs, (4, i)) for i in order]
    body = "".join(classes)
    names = sorted(re.findall(r"^class (\w+)", body, re.MULTILINE))
    imports = ["import dataclasses"]
    if "enum." in body:
        imports.append("import enum")
    lines = [f"# Made by tools/generate.py from {file.name}: do not edit.", doc(package, ""), ""]
    lines += ["from __future__ import annotations", "", *imports, ""]
    if "NDArray[" in body:
        lines += ["import numpy as np", "from numpy.typing import NDArray", ""]
    if "_common." in body:
        lines += ["from solverbench._proto import common_v1 as _common", ""]
    lines.append("__all__ = [" + ", ".join(f'"{n}"' for n in names) + "]")
    return "\n".join(lines) + "\n" + body


def doc(text: str, indent: str) -> str:
    """A docstring, without indentation of its own."""
    text = "\n".join(line.strip() for line in text.splitlines()).strip()
    text = text.replace("\\", "\\\\")
    if "\n" not in text:
        return f'{indent}"""{text}"""'
    return textwrap.indent(f'"""{text}\n"""', indent, lambda line: bool(line.strip()))


def dependency_order(file: FileDescriptorProto) -> list[int]:
    """Messages after those that they hold."""
    place = {f".{file.package}.{m.name}": i for i, m in enumerate(file.message_type)}
    order: list[int] = []

    def visit(i: int) -> None:
        if i in order:
            return
        for f in file.message_type[i].field:
            if f.type_name in place:
                visit(place[f.type_name])
        order.append(i)

    for i in range(len(file.message_type)):
        if f".{file.package}.{file.message_type[i].name}" != ARRAY:
            visit(i)
    return order


def enum_class(e: EnumDescriptorProto, docs: dict[tuple[int, ...], str], path: tuple[int, ...]) -> str:
    if e.name == "ElementType":
        return ""
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", e.name).upper() + "_"
    out = f"\n\nclass {e.name}(enum.IntEnum):\n" + doc(docs.get(path, e.name), "    ") + "\n\n"
    for i, v in enumerate(e.value):
        out += f"    {v.name.removeprefix(prefix)} = {v.number}\n"
        if text := docs.get((*path, 2, i)):
            out += doc(text, "    ") + "\n"
    return out


def message_class(file: FileDescriptorProto, m: DescriptorProto, docs: dict[tuple[int, ...], str], path: tuple[int, ...]) -> str:
    unions_done = set()
    lines, text = "", ""
    for i, f in enumerate(m.field):
        own = docs.get((*path, 2, i), "")
        text = own or text  # which tells of its neighbours too
        if f.HasField("oneof_index"):
            if f.oneof_index in unions_done:
                continue
            unions_done.add(f.oneof_index)
            kinds = [bare(g) for g in m.field if g.HasField("oneof_index") and g.oneof_index == f.oneof_index]
            lines += f"    {m.oneof_decl[f.oneof_index].name}: {' | '.join(kinds)} | None = None\n"
            continue
        lines += f"    {f.name}: {kind_of(file, f, text)}\n"
        if own:
            lines += doc(own, "    ") + "\n"
    arguments = "eq=False, kw_only=True" if " = " in lines else "eq=False"
    head = f"\n\n@dataclasses.dataclass({arguments})\nclass {m.name}:\n"
    about = docs.get(path) or f"{m.name} of the family {file.package.split('.')[1]}."
    return head + doc(about, "    ") + "\n" + ("\n" + lines if lines else "")


def bare(f: FieldDescriptorProto) -> str:
    name = f.type_name.rsplit(".", 1)[-1]
    return f"_common.{name}" if f.type_name == ORACLE else name


def kind_of(file: FileDescriptorProto, f: FieldDescriptorProto, text: str) -> str:
    """The annotation and default of a field."""
    many = f.label == FieldDescriptorProto.LABEL_REPEATED
    if f.type == FieldDescriptorProto.TYPE_ENUM:
        return f"{bare(f)} = {bare(f)}.UNSPECIFIED"
    if f.type == FieldDescriptorProto.TYPE_MESSAGE:
        if f.type_name == ARRAY:
            element = re.search(r"\b(float64|float32|int32|int64|uint8)\b", text)
            kind = f"NDArray[np.{element.group(1) if element else 'float64'}]"
        else:
            kind = bare(f)
        if many:
            return f"tuple[{kind}, ...] = ()"
        if re.search(r"\babsent\b", text, re.IGNORECASE):
            return f"{kind} | None = None"
        return kind
    kind, default = SCALARS[f.type]
    return f"tuple[{kind}, ...] = ()" if many else f"{kind} = {default}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
