"""The schema of Google's Terraform provider, read from the wheel `cdktn-provider-google`.

The wheel is generated from the provider. Its JavaScript names every attribute in a comment, with its type and whether
it is required, optional or computed; its type declarations contain the documentation with the possible values.
"""

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Type = str | list[Any]
Block = dict[str, Any]

CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{(.*?)^\}", re.S | re.M)
ATTRIBUTE = re.compile(
    r"// (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n"
    r"(.*?)(?=\n    // \w+ - computed|\n    // =====|\n\}\n)",
    re.S,
)
# The functions that write a block as HCL tell blocks from attributes, and lists from sets.
WRITER = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", re.S | re.M)
WRITTEN = re.compile(
    r"^ +(\w+): \{\n +value: (.*?),\n +isBlock: (true|false),\n"
    r" +type: \"(\w+)\",\n +storageClassType: \"(\w+)\"",
    re.M | re.S,
)
INTERFACE = re.compile(r"^export interface (\w+).*?\{(.*?)^\}", re.S | re.M)
DOCUMENTED = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\s+readonly (\w+)\??:", re.S)
# As in "can be PD_SSD or PD_HDD".
VALUE = r"[A-Z][A-Z0-9_]+"
SEPARATOR = r"(?:,\s+(?:or\s+)?|\s+or\s+)"

READ_BY: dict[str, Type] = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getAnyMapAttribute": ["map", "dynamic"],
    "interpolationForAttribute": "dynamic",
}
MAPS: dict[str, Type] = {
    "StringMap": ["map", "string"],
    "NumberMap": ["map", "number"],
    "BooleanMap": ["map", "bool"],
    "AnyMap": ["map", "dynamic"],
    "StringMapList": ["list", ["map", "string"]],
}
WRITTEN_AS: dict[str, Type] = {
    "string": "string",
    "number": "number",
    "boolean": "bool",
    "stringList": ["list", "string"],
    "stringMap": ["map", "string"],
}
ROOTS = {"TerraformResource", "TerraformProvider"}


def read(wheel: Path, resources: Iterable[str]) -> dict[str, Block]:
    """Returns the schema of the provider itself, under `provider`, and of the resource types."""
    folders = {name.removeprefix("google_").replace("_", "-"): name for name in resources}
    folders["provider"] = "provider"
    scripts, types = (dict.fromkeys(folders.values(), "") for _ in range(2))
    with zipfile.ZipFile(wheel) as archive:
        package = next(name for name in archive.namelist() if name.endswith(".tgz"))
        data = io.BytesIO(archive.read(package))
    with tarfile.open(fileobj=data, mode="r:gz") as files:
        for member in files:
            parts = member.name.split("/")  # package/lib/compute-network/index.js
            name = folders.get(parts[2]) if len(parts) > 3 else None
            kind = scripts if parts[-1].endswith(".js") else types if parts[-1].endswith(".d.ts") else None
            content = files.extractfile(member) if name and kind is not None else None
            if name and kind is not None and content:
                kind[name] += content.read().decode() + "\n"
    return {name: Source(name, scripts[name], types[name]).root() for name in scripts}


class Source:
    """The generated code of one resource type, or of the provider."""

    def __init__(self, name: str, script: str, types: str) -> None:
        self.classes = {found[1]: (found[2], found[3]) for found in CLASS.finditer(script)}
        self.writers = {
            writer[1].lower(): {found[1]: found for found in WRITTEN.finditer(writer[2])}
            for writer in WRITER.finditer(script)
        }
        self.values = documented_values(types)
        roots = [name for name, (base, _) in self.classes.items() if base in ROOTS]
        if len(roots) != 1:
            raise SystemExit(f"the provider has no {name}")
        self.main = roots[0]

    def root(self) -> Block:
        body = self.classes[self.main][1].split("synthesizeHclAttributes() {", 1)[1]
        return self.block(self.main, {found[1]: found for found in WRITTEN.finditer(body)})

    def block(self, cls: str, written: dict[str, re.Match[str]]) -> Block:
        attributes, blocks = {}, {}
        for found in ATTRIBUTE.finditer(self.classes[cls][1] + "\n}\n"):
            name, body, how = found[1], found[5], written.get(found[1])
            flags = ("computed", found[2]), ("optional", found[3]), ("required", found[4])
            kind = {flag: True for flag, value in flags if value == "true"}
            new = re.search(r"= new (?:(cdktn)\.|\w+\.)?(\w+)\(this, \"\w+\"(?:, (true|false))?\)", body)
            get = re.search(r"this\.(get\w+Attribute|interpolationForAttribute)\('\w+'\)", body)
            if how and not (get or new):
                # A setting of the provider, which nothing can refer to.
                if how[3] == "true":
                    blocks[name] = {"nesting_mode": how[4], "block": self.settings(how)}
                else:
                    attributes[name] = {"type": WRITTEN_AS[how[5]], **kind}
            elif how and how[3] == "true":
                assert new, f"{cls}.{name} is a block without a class"
                blocks[name] = self.nested(new[2], how, "required" in kind)
            else:
                type_ = self.type_of(cls, name, body, how, new, get)
                attributes[name] = {"type": type_, **kind}
                camel = re.search(r"\n    get (\w+)\(\)", body)
                owner = f"{cls}Config" if cls == self.main else cls.removesuffix("OutputReference")
                if camel and (owner, camel[1]) in self.values:
                    attributes[name]["values"] = self.values[owner, camel[1]]
        return {"attributes": attributes, "block_types": blocks}

    def nested(self, cls: str, how: re.Match[str], is_required: bool) -> Block:
        struct = re.sub(r"(OutputReference|List|Map)$", "", cls)
        inner = self.block(f"{struct}OutputReference", self.writers.get(struct.lower(), {}))
        mode = "single" if how[4] == "struct" else how[4]
        entry: Block = {"nesting_mode": mode, "block": inner}
        if mode != "single":
            if cls.endswith("OutputReference"):
                entry["max_items"] = 1
            if is_required:
                entry["min_items"] = 1
        return entry

    def settings(self, how: re.Match[str]) -> Block:
        writer = re.search(r"(\w+)ToHclTerraform", how[2])
        assert writer, f"{how[1]} is written by no function"
        inner = self.writers[writer[1].lower()]
        return {"attributes": {n: {"type": WRITTEN_AS[m[5]], "optional": True} for n, m in inner.items()}}

    def type_of(
        self,
        cls: str,
        name: str,
        body: str,
        how: re.Match[str] | None,
        new: re.Match[str] | None,
        get: re.Match[str] | None,
    ) -> Type:
        if get:
            type_ = READ_BY[get[1]]
            is_set = "Fn.tolist" in body or (how is not None and how[4] == "set")
            return ["set", type_[1]] if is_set and isinstance(type_, list) else type_
        if new and new[1]:
            return MAPS[new[2]]
        if new:
            struct = re.sub(r"(OutputReference|List|Map)$", "", new[2])
            inner = self.block(f"{struct}OutputReference", self.writers.get(struct.lower(), {}))
            members = {n: a["type"] for n, a in inner["attributes"].items()}
            members |= {n: [b["nesting_mode"], "dynamic"] for n, b in inner["block_types"].items()}
            return ["set" if new[3] == "true" else "list", ["object", members]]
        raise SystemExit(f"{cls}.{name} cannot be read from the wheel")


def documented_values(types: str) -> dict[tuple[str, str], list[str]]:
    """Returns the possible values of attributes, by interface and attribute."""
    return {
        (interface[1], attribute[2]): values
        for interface in INTERFACE.finditer(types)
        for attribute in DOCUMENTED.finditer(interface[2])
        if (values := values_in(re.sub(r"^\s*\* ?", "", attribute[1], flags=re.M)))
    }


def values_in(documentation: str) -> list[str]:
    if array := re.search(r"Possible values: (\[\"[^\]]*\])", documentation):
        values: list[str] = json.loads(array[1])
        return values
    if lines := re.search(r"Possible values:\s*\n((?:\s*[A-Z][A-Z0-9_]+\.?\s*\n)+)", documentation):
        return [word.strip(" .") for word in lines[1].split()]
    if prose := re.search(rf"(?:can be|[Ss]upported values include) ({VALUE}(?:{SEPARATOR}{VALUE})+)", documentation):
        return re.findall(VALUE, prose[1])
    return []
