"""Takes its parameter "seconds" for a batch, whatever its size, on a core where "works" is true; answers with the time at which the batch began and its size."""
import json
import os
import sys

sys.path[:0] = os.environ["PYTHONPATH"].split(":")  # the backend's own process does not heed it

import time

import numpy as np
import triton_python_backend_utils as pb


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self.seconds = float(parameters["seconds"]["string_value"])
        self.works = parameters["works"]["string_value"] == "true"

    def execute(self, requests):
        began = time.time()
        if self.works:
            while time.time() < began + self.seconds:
                pass
        else:
            time.sleep(self.seconds)
        answer = np.array([[began, len(requests)]], np.float64)
        return [pb.InferenceResponse([pb.Tensor("y", answer)]) for _ in requests]
