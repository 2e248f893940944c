"""crosscheck.py [GPU]: what PyTorch measures on this GPU, to hold vsim's profile against.

Pinned copies by size; ViT-B/16 and ResNet-50 in float16 and TF32, as PyTorch runs them and as a CUDA graph;
decoding by nvJPEG, of the pictures in VSIM_CACHE. Copies and inference are timed with CUDA events, decoding by
the wall clock; the median of many counts. One line a figure: name, value, unit, how. What cannot be measured is
said on standard error, and the rest is measured all the same. The exit code is 1 then, and 77 without PyTorch.
"""
import glob
import os
import statistics
import sys
import time

try:
    import torch
except ImportError:
    print("crosscheck: PyTorch is not installed here: nothing to compare with", file=sys.stderr)
    sys.exit(77)  # skipped

COPIES = [4 << 10, 64 << 10, 1 << 20, 16 << 20, 64 << 20]  # bytes, those of vsim profile --quick
BATCHES = [1, 8, 32]
SPAN_S = 0.3  # of a figure's timing, and at least 10 calls


def events():
    return [torch.cuda.Event(enable_timing=True) for _ in range(2)]


def by_events(call):
    """Milliseconds of one call, by the GPU's clock."""
    before, after = events()
    before.record()
    call()
    after.record()
    after.synchronize()
    return before.elapsed_time(after)


def by_wall(call):
    """Milliseconds of one call, by the wall clock."""
    began = time.perf_counter()
    call()
    torch.cuda.synchronize()
    return 1e3 * (time.perf_counter() - began)


def median_ms(call, clock=by_events):
    for _ in range(5):
        clock(call)
    spans, ends = [], time.perf_counter() + SPAN_S
    while len(spans) < 10 or time.perf_counter() < ends and len(spans) < 500:
        spans.append(clock(call))
    return statistics.median(spans)


def tell(*columns):
    print(*columns, sep="\t", flush=True)


def copies(device):
    for size in COPIES:
        host = torch.empty(size, dtype=torch.uint8, pin_memory=True)
        there = torch.empty(size, dtype=torch.uint8, device=device)
        ways = {"h2d": lambda: there.copy_(host, non_blocking=True), "d2h": lambda: host.copy_(there, non_blocking=True)}
        for name, call in ways.items():
            tell(f"{name} {size}", f"{size / median_ms(call) * 1e-6:.3f}", "GB/s", "pinned")


def captured(call):
    """A call that replays what call does as one CUDA graph."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def networks(device):
    from torchvision.models import resnet50, vit_b_16

    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    for precision, dtype in [("fp16", torch.float16), ("tf32", torch.float32)]:
        for name, make in [("vit-base", vit_b_16), ("resnet50", resnet50)]:
            net = make(weights=None).eval().to(device, dtype)
            for layout in [torch.contiguous_format] + ([torch.channels_last] if name == "resnet50" else []):
                net = net.to(memory_format=layout)
                how = " NHWC" if layout == torch.channels_last else ""
                for batch in BATCHES:
                    x = torch.randn(batch, 3, 224, 224, device=device, dtype=dtype).contiguous(memory_format=layout)
                    with torch.inference_mode():
                        for way, call in [("eager", lambda: net(x)), ("graph", captured(lambda: net(x)))]:
                            tell(f"infer {name}-{precision} batch {batch}", f"{1e3 * batch / median_ms(call):.1f}", "img/s", way + how)


def decoding(device):
    from torchvision.io import decode_jpeg

    paths = sorted(glob.glob(os.path.join(os.environ.get("VSIM_CACHE", "."), "photo-*-medium-*.jpg")))
    if not paths:
        raise RuntimeError("VSIM_CACHE holds no pictures")
    files = [torch.frombuffer(bytearray(open(path, "rb").read()), dtype=torch.uint8) for path in paths]
    for batch in [1, 8]:
        ms = median_ms(lambda: decode_jpeg(files[:batch], device=device), by_wall)
        tell(f"decode medium batch {batch}", f"{1e3 * batch / ms:.1f}", "img/s", "torchvision")


def main():
    device = torch.device("cuda", int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    torch.cuda.set_device(device)
    tell("device", torch.cuda.get_device_name(device), f"torch {torch.__version__}", f"cudnn {torch.backends.cudnn.version()}")
    failed = 0
    for part in [copies, decoding, networks]:
        try:
            part(device)
        except Exception as fault:  # whatever PyTorch says, the other parts count
            failed += 1
            print(f"crosscheck: {part.__name__}: {' '.join(str(fault).split())[:300]}", file=sys.stderr)
    sys.exit(failed > 0)


main()
