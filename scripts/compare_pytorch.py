"""The networks of `facefield bench train`, `decode`, `critic` and `gan`, in PyTorch beside ours: images per second and ratios.

The critic has exact R1 and R2 at every step: by double backward there, by tangents here. A whole step of a GAN is a step of the critic, one
of the generator, and all that a training does besides. GANs come in the middle of a fade, too. Both sides must have the same number of
parameters.

Both run in turn, so that whatever else the machine does meets both; figures are medians over the rounds.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

BATCH = 32
STAGES = {64: 4, 32: 3, 16: 2}
TASKS = ["train", "decode", "critic", "fading-critic", "gan", "fading-gan"]


def worker():
    """Answers `TASK C SIZE STEPS FADE` on standard input with images per second and the number of parameters."""
    import torch
    import torch.nn as nn
    import torch.nn.functional as F

    # Beside the sources no compiled ones.
    sys.dont_write_bytecode = True
    from compare_pytorch_gan import critic_step, gan_step

    device = torch.device(os.environ.get("COMPARE_DEVICE", "cpu"))
    torch.set_num_threads(int(os.environ.get("COMPARE_THREADS", os.cpu_count() or 1)))

    class Residual(nn.Module):
        def __init__(self, inputs, outputs):
            super().__init__()
            self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
            self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
            self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

        def forward(self, x):
            return self.skip(x) + self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.2)), 0.2))

    def network(channels, size):
        widths = [channels * min(2**stage, 8) for stage in range(STAGES[size] + 1)]
        down = [nn.Conv2d(3, channels, 3, padding=1)]
        for inputs, outputs in zip(widths, widths[1:]):
            down += [Residual(inputs, outputs), nn.AvgPool2d(2)]
        up = [nn.Linear(64, widths[-1] * 16), nn.Unflatten(1, (widths[-1], 4, 4))]
        for inputs, outputs in zip(widths[::-1], widths[-2::-1]):
            up += [nn.Upsample(scale_factor=2), Residual(inputs, outputs)]
        encoder = nn.Sequential(*down, nn.Flatten(), nn.LeakyReLU(0.2), nn.Linear(widths[-1] * 16, 64))
        decoder = nn.Sequential(*up, nn.LeakyReLU(0.2), nn.Conv2d(channels, 3, 3, padding=1))
        return encoder.to(device), decoder.to(device)

    networks = {}
    for line in sys.stdin:
        task, channels, size, steps, fade = line.split()
        channels, size, steps = int(channels), int(size), int(steps)
        fade = float(fade) if task.startswith("fading-") else None
        if (channels, size) not in networks:
            encoder, decoder = network(channels, size)
            optimizer = torch.optim.AdamW([*encoder.parameters(), *decoder.parameters()], 1e-3)
            networks[channels, size] = encoder, decoder, optimizer
        encoder, decoder, optimizer = networks[channels, size]
        pictures = torch.rand(BATCH, 3, size, size, device=device)
        codes = torch.randn(BATCH, 64, device=device)

        def train():
            optimizer.zero_grad()
            loss = ((decoder(encoder(pictures)) - pictures) ** 2).mean()
            loss.backward()
            optimizer.step()

        def decode():
            with torch.no_grad():
                decoder(codes)

        def wait():
            if device.type == "cuda":
                torch.cuda.synchronize()

        if task.endswith("critic"):
            step, parameters = critic_step(size, BATCH, fade, device)
        elif task.endswith("gan"):
            step, parameters = gan_step(size, BATCH, fade, device)
        else:
            step = {"train": train, "decode": decode}[task]
            parameters = sum(parameter.numel() for parameter in [*encoder.parameters(), *decoder.parameters()])
        for timed in (False, True):
            wait()
            start = time.perf_counter()
            for _ in range(steps):
                step()
            wait()
            if timed:
                print(BATCH * steps / (time.perf_counter() - start), parameters, flush=True)


def ours(binary, backend, task, channels, size, steps, fade):
    network = ["--preset", "small"] if is_gan(task) else ["--channels", channels]
    network += ["--fade", fade] if task.startswith("fading-") else []
    command = [binary, "bench", task.removeprefix("fading-"), *network, "--size", size, "--batch", BATCH, "--steps", steps]
    command += ["--backend", backend, "--repeats", 1, "--json"]
    output = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(output)


def is_gan(task):
    return task.endswith(("critic", "gan"))


def cost(task, channels, size):
    """What a step costs, about, beside a training step of the autoencoder of base width 16 at 64x64."""
    of_task = {"train": 1, "decode": 0.14, "critic": 1.2, "gan": 2}[task.removeprefix("fading-")]
    return (channels / 16) ** 1.6 * (size / 64) ** 2 * of_task


def where_time_goes(results):
    """Parts of a step with their shares, the largest first: medians over the rounds."""
    shares = {}
    for part in (part for result in results for part in result.get("parts", [])):
        shares.setdefault(part["part"], []).append(part["share"])
    medians = {part: statistics.median(values) for part, values in shares.items()}
    return dict(sorted(medians.items(), key=lambda item: -item[1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--sizes", default="64 32")
    parser.add_argument("--channels", default="16 32")
    parser.add_argument("--tasks", default=" ".join(TASKS), help="GANs of preset small come once for each size")
    parser.add_argument("--fade", type=float, default=0.5, help="by which share the newest block of fading tasks has faded in")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    environment = {key: value for key, value in os.environ.items() if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    environment["COMPARE_DEVICE"] = "cuda" if arguments.backend == "cuda" else "cpu"
    peer = subprocess.Popen(
        [sys.executable, __file__, "--worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    print(f"{'network':<16}{'task':<16}{'PyTorch':>10}{'ours':>10}{'ratio':>8}   images per second, medians of {arguments.rounds}")
    rows = []
    tasks = arguments.tasks.split()
    for size in map(int, arguments.sizes.split()):
        cases = [(channels, task) for channels in map(int, arguments.channels.split()) for task in tasks if not is_gan(task)]
        for channels, task in cases + [(16, task) for task in tasks if is_gan(task)]:
            # About a second and a half for each measurement.
            steps = max(4 if is_gan(task) else 2, round(2 / cost(task, channels, size)))
            theirs, results = [], []
            for _ in range(arguments.rounds):
                peer.stdin.write(f"{task} {channels} {size} {steps} {arguments.fade}\n")
                peer.stdin.flush()
                rate, parameters = peer.stdout.readline().split()
                theirs.append(float(rate))
                result = ours(arguments.binary, arguments.backend, task, channels, size, steps, arguments.fade)
                results.append(result)
                if result["parameters"] != int(parameters):
                    sys.exit(f"{task} at {size}x{size}: PyTorch has {parameters} parameters, ours {result['parameters']}")
            a, b = statistics.median(theirs), statistics.median(result["images_per_second"] for result in results)
            name = "small" if is_gan(task) else f"c={channels}"
            row = {"network": name, "size": size, "task": task, "pytorch": a, "ours": b, "ratio": b / a}
            print(f"{name + ',':<6}{size}x{size:<7}{task:<16}{a:>10.1f}{b:>10.1f}{b / a:>8.2f}", flush=True)
            if parts := where_time_goes(results):
                row["parts"] = parts
                print("      of ours: " + ", ".join(f"{part} {100 * share:.1f} %" for part, share in parts.items()), flush=True)
            rows.append(row)
    print(json.dumps({"device": result["device"], "threads": result["threads"], "simd": result["simd"], "rows": rows}))
    peer.stdin.close()
    peer.wait()


if __name__ == "__main__":
    worker() if sys.argv[1:] == ["--worker"] else main()
