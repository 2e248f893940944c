"""crosscheck.py [GPU]: what PyTorch measures on this GPU, to hold vsim's profile against.

Pinned copies by size, and the throughput of ResNet-50 and ViT-B/16 in float16 and TF32, where torch and
torchvision are installed; timed with CUDA events, median of many. One line a figure: name, value, unit.
"""
import statistics
import sys

try:
    import torch
except ImportError:
    sys.exit("crosscheck: PyTorch is not installed here: nothing to compare with")

device = torch.device("cuda", int(sys.argv[1]) if len(sys.argv) > 1 else 0)
torch.cuda.set_device(device)


def median_ms(call, n=50):
    for _ in range(10):
        call()
    spans = []
    for _ in range(n):
        before, after = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        before.record()
        call()
        after.record()
        after.synchronize()
        spans.append(before.elapsed_time(after))
    return statistics.median(spans)


print("device", torch.cuda.get_device_name(device), "torch", torch.__version__, "cudnn", torch.backends.cudnn.version(), sep="\t")
for size in [4 << 10, 64 << 10, 1 << 20, 16 << 20, 64 << 20]:
    host = torch.empty(size, dtype=torch.uint8, pin_memory=True)
    there = torch.empty(size, dtype=torch.uint8, device=device)
    for name, call in [("h2d", lambda: there.copy_(host, non_blocking=True)), ("d2h", lambda: host.copy_(there, non_blocking=True))]:
        ms = median_ms(call)
        print(f"{name} {size}", f"{size / ms * 1e-6:.3f}", "GB/s", sep="\t")

try:
    from torchvision.models import resnet50, vit_b_16
except ImportError:
    sys.exit("crosscheck: torchvision is not installed here: copies only")

torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
for name, make in [("resnet50", resnet50), ("vit-base", vit_b_16)]:
    for precision, dtype in [("fp16", torch.float16), ("tf32", torch.float32)]:
        net = make(weights=None).eval().to(device, dtype)
        for batch in [1, 8, 64, 256]:
            x = torch.randn(batch, 3, 224, 224, device=device, dtype=dtype)
            with torch.inference_mode():
                ms = median_ms(lambda: net(x))
            print(f"infer {name}-{precision} batch {batch}", f"{1e3 * batch / ms:.1f}", "img/s", sep="\t", flush=True)
