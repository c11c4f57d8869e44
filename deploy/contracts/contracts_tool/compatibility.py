"""Compatibility of the contracts with every released version, in both directions (XCT-2).

A reader built from the old files must understand what a writer built from the new ones sends, and the reverse.
Additions are free; what was released keeps its name, number, type and meaning, or is reserved for ever.
"""

from google.protobuf import descriptor_pb2

from . import layout

TYPES = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in descriptor_pb2.FieldDescriptorProto.Type.items()
}


def released(root):
    """The released versions in order, each with its descriptor set."""
    found = []
    for path in (root / layout.RELEASED).glob("*.binpb"):
        try:
            key = tuple(int(part) for part in path.stem.split("."))
        except ValueError:
            key = ()
        if len(key) != 3:
            raise layout.ContractError(f"{layout.RELEASED}/{path.name}: is not named X.Y.Z.binpb")
        found.append((key, path.stem, descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())))
    return [(version, compiled) for _, version, compiled in sorted(found, key=lambda entry: entry[0])]


def breaks(old, new):
    """Every change from the set `old` to the set `new` that breaks a reader, one sentence each."""
    found = []
    old, new = Index(old), Index(new)
    for name in old.files:
        if name not in new.files:
            found.append(f"file {name}: was removed")
        elif old.files[name].syntax != new.files[name].syntax:
            found.append(f"file {name}: changed its syntax")
    for name, message in old.messages.items():
        if name not in new.messages:
            found.append(f"message {name}: was removed")
        else:
            found += message_breaks(name, message, new.messages[name])
    for name, enum in old.enums.items():
        if name not in new.enums:
            found.append(f"enum {name}: was removed")
        else:
            found += enum_breaks(name, enum, new.enums[name])
    for name, service in old.services.items():
        if name not in new.services:
            found.append(f"service {name}: was removed")
        else:
            found += service_breaks(name, service, new.services[name])
    return found


class Index:
    """Everything in a set by full name, without what comes from google/protobuf."""

    def __init__(self, compiled):
        self.files, self.messages, self.enums, self.services = {}, {}, {}, {}
        for file in compiled.file:
            if file.name.startswith("google/"):
                continue
            self.files[file.name] = file
            self.add(file.package, file.message_type, file.enum_type)
            for service in file.service:
                self.services[f"{file.package}.{service.name}"] = service

    def add(self, scope, messages, enums):
        for enum in enums:
            self.enums[f"{scope}.{enum.name}"] = enum
        for message in messages:
            name = f"{scope}.{message.name}"
            self.messages[name] = message
            self.add(name, message.nested_type, message.enum_type)


def type_of(field):
    """The type in words: `int32`, `string`, or the full name of a message or enumeration."""
    return field.type_name[1:] or TYPES[field.type]


def cardinality_of(field):
    return "repeated" if field.label == descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED else "single"


def oneof_of(message, field):
    """The name of the oneof that holds the field, or None."""
    if field.proto3_optional or not field.HasField("oneof_index"):
        return None
    return message.oneof_decl[field.oneof_index].name


def message_breaks(name, old, new):
    found = []
    numbers = {field.number: field for field in new.field}
    names = {field.name: field for field in new.field}
    for field in old.field:
        what = f"field {name}.{field.name}"
        now = numbers.get(field.number)
        if field.name in names and names[field.name].number != field.number:
            found.append(f"{what}: changed its number from {field.number} to {names[field.name].number}")
        if now is None:
            if field.name not in names:
                found += removed_field(what, field, new)
            continue
        if now.name != field.name:
            found.append(f"{what}: was renamed to {now.name} (number {field.number})")
        elif now.json_name != field.json_name:
            found.append(f"{what}: changed its JSON name from {field.json_name} to {now.json_name}")
        if type_of(now) != type_of(field):
            found.append(f"{what}: changed its type from {type_of(field)} to {type_of(now)}")
        if cardinality_of(now) != cardinality_of(field):
            found.append(f"{what}: changed from {cardinality_of(field)} to {cardinality_of(now)}")
        before, after = oneof_of(old, field), oneof_of(new, now)
        if before != after:
            found.append(f"{what}: moved from {place(before)} to {place(after)}")
        elif field.proto3_optional != now.proto3_optional:
            found.append(f"{what}: changed whether its presence is kept")
    if old.options.map_entry != new.options.map_entry:
        found.append(f"message {name}: changed whether it is a map entry")
    for span in old.reserved_range:
        for number in range(span.start, min(span.end, span.start + 1000)):
            if not reserved(new, number):
                found.append(f"message {name}: number {number} is no longer reserved")
    for text in old.reserved_name:
        if text not in new.reserved_name:
            found.append(f'message {name}: name "{text}" is no longer reserved')
    return found


def place(oneof):
    return f"oneof {oneof}" if oneof else "no oneof"


def reserved(message, number):
    return any(span.start <= number < span.end for span in message.reserved_range)


def removed_field(what, field, new):
    missing = []
    if not reserved(new, field.number):
        missing.append(f"number {field.number}")
    if field.name not in new.reserved_name:
        missing.append(f'name "{field.name}"')
    return [f"{what}: was removed without reserving {' and '.join(missing)}"] if missing else []


def enum_breaks(name, old, new):
    found = []
    numbers = {}
    for value in new.value:
        numbers.setdefault(value.number, []).append(value.name)
    names = {value.name: value.number for value in new.value}
    for value in old.value:
        what = f"value {name}.{value.name}"
        if value.name in names:
            if names[value.name] != value.number:
                found.append(f"{what}: changed its number from {value.number} to {names[value.name]}")
        elif value.number in numbers:
            found.append(f"{what}: was renamed to {numbers[value.number][0]} (number {value.number})")
        else:
            found.append(f"{what}: was removed")
    return found


def service_breaks(name, old, new):
    found = []
    methods = {method.name: method for method in new.method}
    for method in old.method:
        what = f"call {name}.{method.name}"
        now = methods.get(method.name)
        if now is None:
            found.append(f"{what}: was removed")
            continue
        if now.input_type != method.input_type:
            found.append(f"{what}: changed its request from {method.input_type[1:]} to {now.input_type[1:]}")
        if now.output_type != method.output_type:
            found.append(f"{what}: changed its response from {method.output_type[1:]} to {now.output_type[1:]}")
        if now.client_streaming != method.client_streaming:
            found.append(f"{what}: changed whether requests stream")
        if now.server_streaming != method.server_streaming:
            found.append(f"{what}: changed whether responses stream")
    return found
