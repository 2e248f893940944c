"""Turns JPEG files into the tensors that the classifier reads: the whole picture squeezed to its size by bilinear
interpolation between the four nearest pixels, normalised by ImageNet's means and standard deviations, in NCHW."""
import os
import sys

sys.path[:0] = os.environ["PYTHONPATH"].split(":")  # the backend's own process does not heed it

import io
import json

import numpy as np
import triton_python_backend_utils as pb
from PIL import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
SCALE, SHIFT = (1 / (255 * STD))[:, None, None], (-MEAN / STD)[:, None, None]


class TritonPythonModel:
    def initialize(self, args):
        dims = json.loads(args["model_config"])["output"][0]["dims"]
        self.size = (dims[2], dims[1])

    def tensor(self, data):
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            picture.draft("RGB", self.size)  # a large picture is decoded at an eighth, a quarter or half of its size
            if picture.mode != "RGB":
                picture = picture.convert("RGB")
            whole = (0, 0) + picture.size
            small = picture.transform(self.size, Image.Transform.EXTENT, whole, Image.Resampling.BILINEAR)
        return np.asarray(small).transpose(2, 0, 1) * SCALE + SHIFT

    def answer(self, request):
        files = pb.get_input_tensor_by_name(request, "image").as_numpy().reshape(-1)
        try:
            tensors = [self.tensor(data) for data in files]
        except Exception as err:  # Pillow raises many kinds on broken files; the request fails, not its neighbours
            return pb.InferenceResponse(error=pb.TritonError(f"image: {err}", pb.TritonError.INVALID_ARG))
        return pb.InferenceResponse([pb.Tensor("input", np.stack(tensors))])

    def execute(self, requests):
        return [self.answer(request) for request in requests]
