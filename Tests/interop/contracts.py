"""Messages and calls made from proto/ alone, as a bureau's own tools would do it (XCT-4)."""

import pathlib
import tempfile

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc


class Contracts:
    """The compiled contracts under one folder."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.proto"))
        if not files:
            raise SystemExit(f"{folder}: holds no .proto files")
        well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
        with tempfile.TemporaryDirectory() as scratch:
            out = pathlib.Path(scratch, "set.binpb")
            arguments = ["protoc", f"-I{folder}", f"-I{well_known}", "--include_imports", f"--descriptor_set_out={out}"]
            if protoc.main(arguments + files) != 0:
                raise SystemExit(f"{folder}: does not compile")
            compiled = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
        self.pool = descriptor_pool.DescriptorPool()
        for file in compiled.file:
            self.pool.Add(file)

    def message(self, full_name):
        """The class of a message; KeyError when the contracts do not know it."""
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(full_name))

    def call(self, full_name):
        """The method behind "package.Service/Method" with its request and response classes."""
        service, _, name = full_name.partition("/")
        method = self.pool.FindServiceByName(service).FindMethodByName(name)
        if method is None:
            raise KeyError(full_name)
        request = message_factory.GetMessageClass(method.input_type)
        return method, request, message_factory.GetMessageClass(method.output_type)
