"""The networks of `facefield bench train`, `bench decode` and `bench critic`, in PyTorch beside ours: images per second and ratios.

The critic's step has exact R1 and R2 at every step: by double backward there, by tangents here.

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


def worker():
    """Answers `train C SIZE STEPS` and `decode C SIZE STEPS` on standard input with images per second."""
    import torch
    import torch.nn as nn
    import torch.nn.functional as F

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

    class Fixup(nn.Module):
        def __init__(self, channels, blocks):
            super().__init__()
            self.first = nn.Conv2d(channels, channels, 3, padding=1)
            self.second = nn.Conv2d(channels, channels, 3, padding=1)
            nn.init.normal_(self.first.weight, 0, (2 / 1.04 / (9 * channels * blocks)) ** 0.5)
            nn.init.zeros_(self.first.bias)
            nn.init.zeros_(self.second.weight)

        def forward(self, x):
            return x + self.second(F.leaky_relu(self.first(x), 0.2))

    def pointwise(inputs, outputs):
        layer = nn.Conv2d(inputs, outputs, 1)
        nn.init.normal_(layer.weight, 0, inputs**-0.5)
        nn.init.zeros_(layer.bias)
        return layer

    class Generator(nn.Module):
        def __init__(self, widths):
            super().__init__()
            self.basis = nn.Parameter(torch.randn(1, widths[0], 4, 4))
            self.from_latent = nn.Linear(64, widths[0])
            layers = [Fixup(widths[0], len(widths))]
            for inputs, outputs in zip(widths, widths[1:]):
                layers += [pointwise(inputs, outputs)] if inputs != outputs else []
                layers += [nn.Upsample(scale_factor=2), Fixup(outputs, len(widths))]
            self.layers = nn.Sequential(*layers, pointwise(widths[-1], 3))

        def forward(self, z):
            return self.layers(self.from_latent(z)[:, :, None, None] * self.basis)

    def critic_network(widths):
        layers = [pointwise(3, widths[-1])]
        for inputs, outputs in zip(widths[::-1], widths[-2::-1]):
            layers += [Fixup(inputs, len(widths)), nn.AvgPool2d(2)]
            layers += [pointwise(inputs, outputs)] if inputs != outputs else []
        layers += [Fixup(widths[0], len(widths)), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(16 * widths[0], 1)]
        return nn.Sequential(*layers)

    def critic_step(size, gamma=0.5):
        widths = [64, 64, 48, 32, 16][: STAGES[size] + 1]
        generator, critic = Generator(widths).to(device), critic_network(widths).to(device)
        optimizer = torch.optim.Adam(critic.parameters(), 1e-3, betas=(0.0, 0.99))
        real = torch.rand(BATCH, 3, size, size, device=device) * 2 - 1

        def step():
            with torch.no_grad():
                fake = generator(torch.randn(BATCH, 64, device=device))
            both = torch.cat([real, fake]).requires_grad_()
            scores = critic(both)
            (gradient,) = torch.autograd.grad(scores.sum(), both, create_graph=True)
            penalty = gamma / 2 * gradient.square().sum() / BATCH
            loss = F.softplus(scores[BATCH:] - scores[:BATCH]).mean() + penalty
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        return step

    networks = {}
    for line in sys.stdin:
        task, channels, size, steps = line.split()
        channels, size, steps = int(channels), int(size), int(steps)
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

        step = {"train": train, "decode": decode}.get(task) or critic_step(size)
        for timed in (False, True):
            wait()
            start = time.perf_counter()
            for _ in range(steps):
                step()
            wait()
            if timed:
                print(BATCH * steps / (time.perf_counter() - start), flush=True)


def ours(binary, backend, task, channels, size, steps):
    network = ["--preset", "small"] if task == "critic" else ["--channels", channels]
    command = [binary, "bench", task, *network, "--size", size, "--batch", BATCH, "--steps", steps]
    command += ["--backend", backend, "--repeats", 1, "--json"]
    output = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout
    return json.loads(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--sizes", default="64 32")
    parser.add_argument("--channels", default="16 32")
    parser.add_argument("--tasks", default="train decode critic", help="the critic of preset small comes once for each size")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    environment = {key: value for key, value in os.environ.items() if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    environment["COMPARE_DEVICE"] = "cuda" if arguments.backend == "cuda" else "cpu"
    peer = subprocess.Popen(
        [sys.executable, __file__, "--worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    print(f"{'network':<16}{'task':<8}{'PyTorch':>10}{'ours':>10}{'ratio':>8}   images per second, medians of {arguments.rounds}")
    rows = []
    tasks = arguments.tasks.split()
    for size in map(int, arguments.sizes.split()):
        cases = [(channels, task) for channels in map(int, arguments.channels.split()) for task in tasks if task != "critic"]
        for channels, task in cases + [(16, "critic")] * ("critic" in tasks):
            # About a second and a half for each measurement.
            cost = (channels / 16) ** 1.6 * (size / 64) ** 2 * {"train": 1, "decode": 0.14, "critic": 1.2}[task]
            steps = max(2, round(2 / cost))
            theirs, own = [], []
            for _ in range(arguments.rounds):
                peer.stdin.write(f"{task} {channels} {size} {steps}\n")
                peer.stdin.flush()
                theirs.append(float(peer.stdout.readline()))
                result = ours(arguments.binary, arguments.backend, task, channels, size, steps)
                own.append(result["images_per_second"])
            a, b = statistics.median(theirs), statistics.median(own)
            name = "small" if task == "critic" else f"c={channels}"
            rows.append({"network": name, "size": size, "task": task, "pytorch": a, "ours": b, "ratio": b / a})
            print(f"{name + ',':<6}{size}x{size:<7}{task:<8}{a:>10.1f}{b:>10.1f}{b / a:>8.2f}", flush=True)
    print(json.dumps({"device": result["device"], "threads": result["threads"], "simd": result["simd"], "rows": rows}))
    peer.stdin.close()
    peer.wait()


if __name__ == "__main__":
    worker() if sys.argv[1:] == ["--worker"] else main()
