"""Asks a server of the model "add" everything that NVIDIA's client can ask. Arguments: HOST:PORT of HTTP and of gRPC."""
import queue
import sys

import numpy as np
import tritonclient.grpc as grpc
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

x = np.array([[0, 1, 2], [3, 4, 5]], np.float32)


def inputs(module, array, **form):
    i = module.InferInput("x", list(array.shape), "FP32")
    i.set_data_from_numpy(array, **form)
    s = module.InferInput("s", [len(array), 1], "BYTES")
    s.set_data_from_numpy(np.array([["wörd".encode()]] * len(array), object), **form)
    return [i, s]


def right(answer):
    np.testing.assert_array_equal(answer.as_numpy("y"), x + 1)
    np.testing.assert_array_equal(answer.as_numpy("z"), x[:, :1])


def refused(ask, *texts):
    try:
        ask()
    except InferenceServerException as e:
        for text in texts:
            assert text in str(e), f"{e}: want {text!r} in it"
        return
    raise AssertionError(f"an answer where {texts} was to come")


def questions(client, **form):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("add") and client.is_model_ready("add", "1")
    assert not client.is_model_ready("no") and not client.is_model_ready("add", "2")
    assert client.get_server_metadata(**form)["name"]
    model = client.get_model_metadata("add", **form)
    assert [i["name"] for i in model["inputs"]] == ["x", "s"], model
    config = client.get_model_config("add", **form)
    config = config.get("config", config)
    assert config["max_batch_size"] == 4 and config["input"][1]["optional"], config
    index = client.get_model_repository_index(**form)
    index = index["models"] if isinstance(index, dict) else index
    assert [(m["name"], m["state"]) for m in index] == [("add", "READY")], index
    refused(lambda: client.get_model_metadata("no"), "unknown model: 'no'")


def statistics(client, **form):
    return client.get_inference_statistics("add", **form)["model_stats"][0]


def speak_http(address):
    client = http.InferenceServerClient(address, concurrency=3)
    questions(client)
    for binary_in in True, False:
        for binary_out in True, False:
            outputs = [http.InferRequestedOutput(o, binary_data=binary_out) for o in ("y", "z")]
            answer = client.infer("add", inputs(http, x, binary_data=binary_in), outputs=outputs, request_id="seven", priority=1, timeout=60_000_000)
            right(answer)
            assert answer.get_response()["id"] == "seven"
    right(client.infer("add", inputs(http, x)))
    for packing in "gzip", "deflate":
        right(client.infer("add", inputs(http, x), request_compression_algorithm=packing, response_compression_algorithm=packing))
    for waits in [client.async_infer("add", inputs(http, x), model_version="1") for _ in range(3)]:
        right(waits.get_result())
    refused(lambda: client.infer("add", inputs(http, np.repeat(x, 4, 0))), "4")
    refused(lambda: client.infer("add", inputs(http, x[:, :2].copy())), "x", "shape")
    assert int(statistics(client)["inference_count"]) > 0
    client.close()


def speak_grpc(address):
    client = grpc.InferenceServerClient(address)
    questions(client, as_json=True)
    outputs = [grpc.InferRequestedOutput(o) for o in ("y", "z")]
    answer = client.infer("add", inputs(grpc, x), outputs=outputs, request_id="seven", priority=1, timeout=60_000_000)
    right(answer)
    assert answer.get_response().id == "seven"
    for packing in "gzip", "deflate":
        right(client.infer("add", inputs(grpc, x), compression_algorithm=packing))
    came = queue.Queue()
    for _ in range(3):
        client.async_infer("add", inputs(grpc, x), lambda result, error: came.put((result, error)))
    for _ in range(3):
        answer, error = came.get(timeout=30)
        assert error is None, error
        right(answer)
    client.start_stream(lambda result, error: came.put((result, error)))
    for i in range(4):
        client.async_stream_infer("add", inputs(grpc, x if i != 2 else np.repeat(x, 4, 0)), request_id=str(i))
    answers = [came.get(timeout=30) for _ in range(4)]
    client.stop_stream()
    assert sum(error is not None for _, error in answers) == 1, answers
    for answer, error in answers:
        if error is None:
            right(answer)
    assert {a.get_response().id for a, error in answers if error is None} == set("013"), answers
    refused(lambda: client.infer("add", inputs(grpc, x[:, :2].copy())), "x", "shape")
    assert int(statistics(client, as_json=True)["inference_count"]) > 0
    client.close()


speak_http(sys.argv[1])
speak_grpc(sys.argv[2])
print("all is answered")
