"""Style of the contracts under proto/zhitongche (XCT-1)."""

import json
import re

from google.protobuf import descriptor_pb2

from . import layout

#: Calls whose messages are named otherwise on purpose, by full method name, with the reason.
EXCEPTIONS = "deploy/contracts/lint-exceptions.json"

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CAMEL = re.compile(r"[A-Z][A-Za-z0-9]*")
CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")

# Field numbers of google/protobuf/descriptor.proto, of which the paths of source locations are made.
FILE_PACKAGE, FILE_MESSAGE, FILE_ENUM, FILE_SERVICE, FILE_SYNTAX = 2, 4, 5, 6, 12
MESSAGE_FIELD, MESSAGE_NESTED, MESSAGE_ENUM, MESSAGE_ONEOF = 2, 3, 4, 8
ENUM_VALUE, SERVICE_METHOD = 2, 2


def faults(root):
    """Every fault as "proto/<file>:<line>: <what>: <why>"; empty when the style is kept."""
    compiled = layout.descriptor_set(root, source_info=True)
    path = root / EXCEPTIONS
    exceptions = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    messages = {}
    for file in compiled.file:
        for message in file.message_type:
            messages[f".{file.package}.{message.name}"] = message
    found = []
    for file in compiled.file:
        if file.name.startswith("zhitongche/"):
            found += File(file, messages, exceptions).check()
    methods = {
        f"{file.package}.{service.name}.{method.name}"
        for file in compiled.file
        for service in file.service
        for method in service.method
    }
    for name, reason in sorted(exceptions.items()):
        if name not in methods:
            found.append(f"{EXCEPTIONS}: {name}: there is no such call")
        elif not reason.strip():
            found.append(f"{EXCEPTIONS}: {name}: gives no reason")
    services = {file.name.split("/")[1] for file in compiled.file if file.name.startswith("zhitongche/")}
    names = {file.name for file in compiled.file}
    for service in sorted(services - {"common"}):
        for kind in ("service", "events"):
            wanted = f"zhitongche/{service}/v1/{service}_{kind}.proto"
            if wanted not in names:
                found.append(f"proto/{wanted}: is missing; every service has one file for calls and one for events")
    return found


class File:
    """The check of one file."""

    def __init__(self, file, messages, exceptions):
        self.file = file
        self.messages = messages
        self.exceptions = exceptions
        self.locations = {tuple(place.path): place for place in file.source_code_info.location}
        self.found = []
        self.service = file.name.split("/")[1]
        self.name = file.name.split("/")[-1].removesuffix(".proto")

    def fault(self, path, what, why):
        place = self.locations.get(tuple(path))
        line = place.span[0] + 1 if place else 1
        self.found.append(f"proto/{self.file.name}:{line}: {what}: {why}")

    def comment(self, path, what):
        place = self.locations.get(tuple(path))
        if place is None or not place.leading_comments.strip():
            self.fault(path, what, "has no comment above it")

    def check(self):
        file = self.file
        self.header()
        for at, message in enumerate(file.message_type):
            self.message((FILE_MESSAGE, at), message, message.name)
        for at, enum in enumerate(file.enum_type):
            self.enum((FILE_ENUM, at), enum, enum.name)
        for at, service in enumerate(file.service):
            self.calls((FILE_SERVICE, at), service)
        return self.found

    def header(self):
        file = self.file
        version = file.name.split("/")[2]
        wanted = f"zhitongche.{self.service}.{version}"
        if file.package != wanted:
            self.fault((FILE_PACKAGE,), "package", f"is {file.package}, the folder asks for {wanted}")
        name = file.name.split("/")[-1].removesuffix(".proto")
        if not SNAKE.fullmatch(name):
            self.fault((), "file name", "is not lower_snake_case")
        elif self.service != "common" and not name.startswith(self.service + "_"):
            self.fault((), "file name", f"does not begin with {self.service}_")
        if file.syntax != "proto3":
            self.fault((FILE_SYNTAX,), "syntax", "is not proto3")
        place = self.locations.get((FILE_SYNTAX,))
        if place is None or not (place.leading_comments.strip() or place.leading_detached_comments):
            self.fault((FILE_SYNTAX,), "file", "has no comment above its syntax line")
        allowed = ("google/protobuf/", "zhitongche/common/", f"zhitongche/{self.service}/{version}/")
        for imported in file.dependency:
            if not imported.startswith(allowed):
                self.fault((), f'import "{imported}"', "is neither common, nor of this package, nor google/protobuf")
        # What every service serves stands in a file of its own, named after it.
        if file.service and self.service != "common" and name != f"{self.service}_service":
            self.fault((FILE_SERVICE, 0), f"service {file.service[0].name}", f"belongs in {self.service}_service.proto")

    def message(self, path, message, name):
        if message.options.map_entry:
            return
        if not CAMEL.fullmatch(message.name):
            self.fault(path, f"message {name}", "is not UpperCamelCase")
        self.comment(path, f"message {name}")
        for at, field in enumerate(message.field):
            place = path + (MESSAGE_FIELD, at)
            what = f"field {name}.{field.name}"
            self.comment(place, what)
            if not SNAKE.fullmatch(field.name):
                self.fault(place, what, "is not lower_snake_case")
            if field.proto3_optional:
                self.fault(place, what, "is optional, which protoc-c refuses; use a message or a oneof")
        hidden = {field.oneof_index for field in message.field if field.proto3_optional}
        for at, oneof in enumerate(message.oneof_decl):
            if at in hidden:
                continue
            place = path + (MESSAGE_ONEOF, at)
            self.comment(place, f"oneof {name}.{oneof.name}")
            if not SNAKE.fullmatch(oneof.name):
                self.fault(place, f"oneof {name}.{oneof.name}", "is not lower_snake_case")
        for at, nested in enumerate(message.nested_type):
            self.message(path + (MESSAGE_NESTED, at), nested, f"{name}.{nested.name}")
        for at, enum in enumerate(message.enum_type):
            self.enum(path + (MESSAGE_ENUM, at), enum, f"{name}.{enum.name}")

    def enum(self, path, enum, name):
        if not CAMEL.fullmatch(enum.name):
            self.fault(path, f"enum {name}", "is not UpperCamelCase")
        self.comment(path, f"enum {name}")
        prefix = constant_name(enum.name) + "_"
        for at, value in enumerate(enum.value):
            place = path + (ENUM_VALUE, at)
            what = f"value {name}.{value.name}"
            self.comment(place, what)
            if not CONSTANT.fullmatch(value.name):
                self.fault(place, what, "is not UPPER_SNAKE_CASE")
            if at == 0 and value.name != prefix + "UNSPECIFIED":
                self.fault(place, what, f"is the zero value and must be {prefix}UNSPECIFIED")
            elif not value.name.startswith(prefix):
                self.fault(place, what, f"does not begin with {prefix}")

    def calls(self, path, service):
        stem = self.name if self.service == "common" else self.service
        wanted = "".join(part.capitalize() for part in stem.split("_")) + "Service"
        if service.name != wanted:
            self.fault(path, f"service {service.name}", f"is not named {wanted}")
        self.comment(path, f"service {service.name}")
        for at, method in enumerate(service.method):
            place = path + (SERVICE_METHOD, at)
            what = f"call {service.name}.{method.name}"
            self.comment(place, what)
            if not CAMEL.fullmatch(method.name):
                self.fault(place, what, "is not UpperCamelCase")
            if f"{self.file.package}.{service.name}.{method.name}" in self.exceptions:
                continue
            for kind, type_name in (("Request", method.input_type), ("Response", method.output_type)):
                wanted = f".{self.file.package}.{method.name}{kind}"
                if type_name != wanted:
                    self.fault(place, what, f"has {type_name[1:]} where {wanted[1:]} is the rule")
            self.paging(place, what, method)

    def paging(self, place, what, method):
        """Lists come in pages, so that no answer grows with the data."""
        if method.server_streaming or not re.match(r"(List|Search)[A-Z]", method.name):
            return
        needed = [
            (method.input_type, "page_size", descriptor_pb2.FieldDescriptorProto.TYPE_INT32, "int32"),
            (method.input_type, "page_token", descriptor_pb2.FieldDescriptorProto.TYPE_STRING, "string"),
            (method.output_type, "next_page_token", descriptor_pb2.FieldDescriptorProto.TYPE_STRING, "string"),
        ]
        for type_name, field_name, type_, word in needed:
            message = self.messages.get(type_name)
            if message is None:
                continue
            if not any(field.name == field_name and field.type == type_ for field in message.field):
                self.fault(place, what, f"is a list, so {message.name} needs {word} {field_name}")


def constant_name(camel):
    """`UnitPeriod` as `UNIT_PERIOD`, `SMSKind` as `SMS_KIND`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", camel).upper()
