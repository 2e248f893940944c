"""Classifies pictures: a batch's tensors go through an ONNX graph in one run, on one session for each instance."""
import os
import sys

sys.path[:0] = os.environ["PYTHONPATH"].split(":")  # the backend's own process does not heed it

import json

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        options = ort.SessionOptions()
        options.intra_op_num_threads = int(parameters["threads"]["string_value"])
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = parameters["graph"]["string_value"]
        self.session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.output = self.session.get_outputs()[0].name

    def execute(self, requests):
        tensors = [pb.get_input_tensor_by_name(r, "input").as_numpy() for r in requests]
        batch = tensors[0] if len(tensors) == 1 else np.concatenate(tensors)
        scores = self.session.run([self.output], {self.input: batch})[0]
        ends = np.cumsum([len(t) for t in tensors])[:-1]
        return [pb.InferenceResponse([pb.Tensor("output", part)]) for part in np.split(scores, ends)]
