"""Takes as long as it is told, in milliseconds; fails for a negative time."""
import os
import sys
import time

sys.path[:0] = os.environ["PYTHONPATH"].split(":")  # the backend's own process does not heed it

import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        responses = []
        for r in requests:
            tensor = pb.get_input_tensor_by_name(r, "ms").as_numpy()
            ms = float(tensor.reshape(-1)[0])
            if ms < 0:
                responses.append(pb.InferenceResponse([], pb.TritonError("broken image")))
                continue
            time.sleep(ms / 1000)
            responses.append(pb.InferenceResponse([pb.Tensor("took", tensor)]))
        return responses
