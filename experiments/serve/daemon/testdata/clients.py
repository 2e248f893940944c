"""Asks a server by NVIDIA's client, over HTTP and gRPC, for the scores of some inputs: clients.py HTTP GRPC FILE... .
A file that ends in .jpg goes as a JPEG file, one in .f32 as a tensor of a picture of 224 x 224. Prints a line of JSON an answer."""
import json
import sys

import numpy as np
import tritonclient.grpc
import tritonclient.http

web, rpc, files = sys.argv[1], sys.argv[2], sys.argv[3:]
if files[0].endswith(".jpg"):
    images = np.array([[open(f, "rb").read()] for f in files], dtype=object)
    datatype = "BYTES"
else:
    images = np.stack([np.fromfile(f, dtype="<f4").reshape(3, 224, 224) for f in files])
    datatype = "FP32"


def ask(module, client, name, batch):
    metadata = client.get_model_metadata(name)
    if not isinstance(metadata, dict):
        tensor, scores = metadata.inputs[0].name, metadata.outputs[0].name
    else:
        tensor, scores = metadata["inputs"][0]["name"], metadata["outputs"][0]["name"]
    given = module.InferInput(tensor, batch.shape, datatype)
    given.set_data_from_numpy(batch)
    return client.infer(name, [given]).as_numpy(scores).tolist()


for module, address in ((tritonclient.http, web), (tritonclient.grpc, rpc)):
    client = module.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("mobilenetv2")
    print(json.dumps(ask(module, client, "mobilenetv2", images)))
    print(json.dumps(sum((ask(module, client, "mobilenetv2", images[i : i + 1]) for i in range(len(images))), [])))
    if datatype == "BYTES":
        broken = np.array([[b"nonsense"]], dtype=object)
        try:
            ask(module, client, "mobilenetv2", broken)
            sys.exit("a broken image was answered")
        except tritonclient.utils.InferenceServerException as error:
            assert "invalid JPEG" in error.message(), error.message()
statistics = tritonclient.grpc.InferenceServerClient(rpc).get_inference_statistics("mobilenetv2").model_stats[0]
assert statistics.inference_count == 4 * len(images), statistics
assert statistics.inference_stats.success.count == 2 + 2 * len(images), statistics
