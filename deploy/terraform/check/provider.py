"""A provider for Terraform with Google's schema and nothing else: it validates, and touches no cloud.

Beyond the schema it refuses values that the documentation does not list, dashboards that Cloud Monitoring would not
accept, and queries that are not PromQL.
"""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import msgpack
import promql_parser
from google.cloud.monitoring_dashboard_v1 import Dashboard
from google.protobuf.json_format import ParseError
from tf.gen import grpc_controller_pb2 as controller
from tf.gen import grpc_controller_pb2_grpc as controller_rpc
from tf.gen import tfplugin_pb2 as plugin
from tf.gen import tfplugin_pb2_grpc as plugin_rpc

from schema import Block

NESTING = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}
# `write_only = true`, which the protocol got after these classes were generated: field 11, a varint.
WRITE_ONLY = bytes([11 << 3, 1])

Path_ = list[str | int]
Finding = tuple[Path_, str]


@contextmanager
def serving(schemas: dict[str, Block], folder: Path) -> Iterator[dict[str, str]]:
    """Serves the provider at a socket in `folder`. Yields the environment in which Terraform finds it."""
    socket = folder / "google.sock"
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_send_message_length", -1)])
    plugin_rpc.add_ProviderServicer_to_server(Provider(schemas), server)
    controller_rpc.add_GRPCControllerServicer_to_server(Controller(), server)
    server.add_insecure_port(f"unix://{socket}")
    server.start()
    google = {
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": os.getpid(),
        "Test": True,
        "Addr": {"Network": "unix", "String": str(socket)},
    }
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps({"hashicorp/google": google})}
    finally:
        server.stop(None)


class Provider(plugin_rpc.ProviderServicer):
    """Answers what Terraform asks before it would create anything."""

    def __init__(self, schemas: dict[str, Block]) -> None:
        self.schemas = schemas

    def GetMetadata(self, request: Any, context: grpc.ServicerContext) -> None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")

    def GetProviderSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        schemas = {name: plugin.Schema(version=0, block=message_of(block)) for name, block in self.schemas.items()}
        return plugin.GetProviderSchema.Response(provider=schemas.pop("provider"), resource_schemas=schemas)

    def ValidateProviderConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        # Values that are not known yet are extension types.
        config = msgpack.unpackb(request.config.msgpack, ext_hook=lambda code, data: None)
        findings = findings_in(self.schemas[request.type_name], config, [])
        return plugin.ValidateResourceConfig.Response(diagnostics=[diagnostic(*finding) for finding in findings])

    def ConfigureProvider(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin.ConfigureProvider.Response()

    def StopProvider(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin.StopProvider.Response()


class Controller(controller_rpc.GRPCControllerServicer):
    """Lets Terraform end its session; the process goes on."""

    def Shutdown(self, request: Any, context: grpc.ServicerContext) -> Any:
        return controller.Empty()


def message_of(block: Block) -> Any:
    """The block as a message of the protocol."""
    attributes = []
    for name, attribute in sorted(block.get("attributes", {}).items()):
        flags = {flag: attribute.get(flag, False) for flag in ("required", "optional", "computed")}
        message = plugin.Schema.Attribute(name=name, type=json.dumps(attribute["type"]).encode(), **flags)
        if name.endswith("_wo"):
            message.MergeFromString(WRITE_ONLY)
        attributes.append(message)
    blocks = [
        plugin.Schema.NestedBlock(
            type_name=name,
            block=message_of(nested["block"]),
            nesting=NESTING[nested["nesting_mode"]],
            min_items=nested.get("min_items", 0),
            max_items=nested.get("max_items", 0),
        )
        for name, nested in sorted(block.get("block_types", {}).items())
    ]
    return plugin.Schema.Block(attributes=attributes, block_types=blocks)


def findings_in(block: Block, config: dict[str, Any] | None, path: Path_) -> Iterator[Finding]:
    """What the schema alone would let pass."""
    for name, attribute in block.get("attributes", {}).items():
        value = (config or {}).get(name)
        if isinstance(value, str) and (message := finding_in(name, attribute, value)):
            yield [*path, name], message
    for name, nested in block.get("block_types", {}).items():
        inner = (config or {}).get(name)
        for place, each in enumerate(inner if isinstance(inner, list) else []):
            yield from findings_in(nested["block"], each, [*path, name, place])


def finding_in(name: str, attribute: Block, value: str) -> str | None:
    known = attribute.get("values")
    if known and value not in known:
        return f"{name} = {value!r} is not documented; known are {', '.join(known)}."
    try:
        if name == "dashboard_json":
            dashboard = Dashboard.from_json(value, ignore_unknown_fields=False)
            for tile in dashboard.mosaic_layout.tiles:
                for data in tile.widget.xy_chart.data_sets:
                    promql_parser.parse(data.time_series_query.prometheus_query)
        elif name == "query":
            promql_parser.parse(value)
    except (ParseError, ValueError) as error:
        return f"{name} cannot be read: {error}"
    return None


def diagnostic(path: Path_, message: str) -> Any:
    steps = [
        plugin.AttributePath.Step(attribute_name=step)
        if isinstance(step, str)
        else plugin.AttributePath.Step(element_key_int=step)
        for step in path
    ]
    return plugin.Diagnostic(
        severity=plugin.Diagnostic.Severity.ERROR,
        summary="Value that Google would refuse",
        detail=message,
        attribute=plugin.AttributePath(steps=steps),
    )
