"""Calls a service with nothing but proto/ and prints the answer as JSON, one line per message (XCT-4).

    deploy/python Tests/interop/caller.py --target localhost:7001 --proto proto \\
        --call zhitongche.policy.v1.PolicyService/ListPoints --request '{"page_size": 10}' --token …

Ends with 0 after an answer and with 1 after a refusal, whose status code and text go to standard error.
"""

import argparse
import json
import pathlib
import sys

import grpc
from google.protobuf import json_format

from contracts import Contracts


def invoke(channel, contracts, name, request, metadata=(), timeout=10):
    """Calls `name` with a request given as a dictionary and yields every answer as a dictionary."""
    method, request_class, response_class = contracts.call(name)
    if method.client_streaming:
        raise SystemExit(f"{name}: takes a stream of requests, which this caller does not send")
    message = json_format.ParseDict(request, request_class())
    kind = channel.unary_stream if method.server_streaming else channel.unary_unary
    call = kind(
        f"/{name}", request_serializer=request_class.SerializeToString, response_deserializer=response_class.FromString
    )
    answer = call(message, timeout=timeout, metadata=metadata)
    for response in answer if method.server_streaming else [answer]:
        yield json_format.MessageToDict(response, preserving_proto_field_name=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", required=True, help="host:port of the service")
    parser.add_argument("--proto", default="proto", help="folder of the contracts")
    parser.add_argument("--call", required=True, help="package.Service/Method")
    parser.add_argument("--request", default="{}", help="the request as JSON; - reads standard input")
    parser.add_argument("--token", help="access token")
    parser.add_argument("--ca", help="file with the certificate authority; without it the call is in plain text")
    parser.add_argument("--language", help="accept-language of error texts")
    parser.add_argument("--timeout", type=float, default=10, help="deadline in seconds")
    arguments = parser.parse_args()

    metadata = []
    if arguments.token:
        metadata.append(("authorization", f"Bearer {arguments.token}"))
    if arguments.language:
        metadata.append(("accept-language", arguments.language))
    request = json.loads(sys.stdin.read() if arguments.request == "-" else arguments.request)
    if arguments.ca:
        credentials = grpc.ssl_channel_credentials(pathlib.Path(arguments.ca).read_bytes())
        channel = grpc.secure_channel(arguments.target, credentials)
    else:
        channel = grpc.insecure_channel(arguments.target)
    with channel:
        try:
            contracts = Contracts(arguments.proto)
            for answer in invoke(channel, contracts, arguments.call, request, metadata, arguments.timeout):
                print(json.dumps(answer, ensure_ascii=False, sort_keys=True), flush=True)
        except grpc.RpcError as error:
            print(f"caller: {error.code().name}: {error.details()}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
