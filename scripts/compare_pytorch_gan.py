"""The GAN of `facefield bench critic` and `bench gan` in PyTorch: the same layers, the same work in a step.

Networks are those of preset `small`, with Fixup blocks, at any size and in the middle of a fade. A step of the critic has exact R1 and R2
by double backward. A whole step is that of objective `rpgan` with the default settings: real faces are gathered and mirrored (and blended
while a block fades in), all pictures augmented, then come a step of the critic, one of the generator, the running average and both averages
of which one of any length comes later. Of what ours measures at a step for its curves, this computes the two losses only. Where PyTorch has
several ways to do the same, this takes the fastest that was found on two cores: Adam fused, pictures moved one by one.

Needs nothing of the rest; `python scripts/compare_pytorch_gan.py` makes a few steps and says how many numbers the networks learn.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTHS = [64, 64, 48, 32, 16]
LATENT = 64
SLOPE = 0.2
# The defaults of a training.
LEARNING_RATE = 3e-4
BETAS = (0.0, 0.9)
AUGMENT, BRIGHTNESS, SHIFT, CUT = 0.2, 0.4, 0.125, 0.4
EMA_DECAY = 0.5 ** (32 / 20_000)
GAMMA = {16: 0.12, 32: 0.5, 64: 2.0}
# Exponents of the two averages, of relative lengths 0.05 and 0.10 (Karras et al. 2024).
EXPONENTS = (16.97, 6.94)
# The averages wait for this share of all faces seen, at most for so many steps.
WAITS, MOST_STEPS = 256, 8


class Fixup(nn.Module):
    def __init__(self, channels, blocks):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.normal_(self.first.weight, 0, (2 / (1 + SLOPE**2) / (9 * channels * blocks)) ** 0.5)
        nn.init.zeros_(self.first.bias)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x):
        return x + self.second(F.leaky_relu(self.first(x), SLOPE))


def pointwise(inputs, outputs):
    layer = nn.Conv2d(inputs, outputs, 1)
    nn.init.normal_(layer.weight, 0, inputs**-0.5)
    nn.init.zeros_(layer.bias)
    return layer


def linear(inputs, outputs):
    layer = nn.Linear(inputs, outputs)
    nn.init.normal_(layer.weight, 0, inputs**-0.5)
    nn.init.zeros_(layer.bias)
    return layer


def transition(inputs, outputs):
    return [pointwise(inputs, outputs)] if inputs != outputs else []


class Generator(nn.Module):
    """[N, 64] -> [N, 3, S, S]. `fade`: the share of the last stage in the picture; None where none fades."""

    def __init__(self, widths, fade):
        super().__init__()
        self.basis = nn.Parameter(torch.randn(1, widths[0], 4, 4))
        self.from_latent = linear(LATENT, widths[0])
        stages = [nn.Sequential(Fixup(widths[0], len(widths)))]
        for inputs, outputs in zip(widths, widths[1:]):
            block = [nn.Upsample(scale_factor=2), Fixup(outputs, len(widths))]
            stages.append(nn.Sequential(*transition(inputs, outputs), *block))
        self.early, self.last = nn.Sequential(*stages[:-1]), stages[-1]
        self.to_picture = pointwise(widths[-1], 3)
        self.fade = fade
        self.before = None if fade is None else pointwise(widths[-2], 3)

    def forward(self, latents):
        features = self.early(self.from_latent(latents)[:, :, None, None] * self.basis)
        now = self.to_picture(self.last(features))
        if self.before is None:
            return now
        return torch.lerp(F.interpolate(self.before(features), scale_factor=2), now, self.fade)


class Critic(nn.Module):
    """[N, 3, S, S] -> [N, 1]. `fade`: the share of the first stage in what the others see; None where none fades."""

    def __init__(self, widths, fade):
        super().__init__()
        self.from_picture = pointwise(3, widths[-1])
        stages = []
        for inputs, outputs in zip(widths[::-1], widths[-2::-1]):
            stages.append(nn.Sequential(Fixup(inputs, len(widths)), nn.AvgPool2d(2), *transition(inputs, outputs)))
        self.first, self.rest = stages[0], nn.Sequential(*stages[1:], Fixup(widths[0], len(widths)))
        self.to_score = nn.Sequential(nn.LeakyReLU(SLOPE), nn.Flatten(), linear(16 * widths[0], 1))
        self.fade = fade
        self.before = None if fade is None else pointwise(3, widths[-2])

    def forward(self, pictures):
        features = self.first(self.from_picture(pictures))
        if self.before is not None:
            features = torch.lerp(self.before(F.avg_pool2d(pictures, 2)), features, self.fade)
        return self.to_score(self.rest(features))


def networks(size, fade, device):
    widths = WIDTHS[: (size // 4).bit_length()]
    return Generator(widths, fade).to(device), Critic(widths, fade).to(device)


def count(*modules):
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


def latents(batch, device):
    return torch.randn(batch, LATENT, device=device)


def adam(network):
    return torch.optim.Adam(network.parameters(), LEARNING_RATE, betas=BETAS, fused=True)


def learn_from(critic, optimizer, real, fake, gamma):
    """A step of the critic on real and fake pictures [N, 3, S, S], with exact R1 and R2."""
    count = len(real)
    both = torch.cat([real, fake]).requires_grad_()
    scores = critic(both)
    (gradient,) = torch.autograd.grad(scores.sum(), both, create_graph=True)
    penalty = gamma / 2 * gradient.square().sum() / count
    loss = F.softplus(scores[count:] - scores[:count]).mean() + penalty
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def critic_step(size, batch, fade, device):
    """A step of the critic alone, on noise, and how many numbers the networks learn."""
    generator, critic = networks(size, fade, device)
    optimizer = adam(critic)
    real = torch.rand(batch, 3, size, size, device=device) * 2 - 1

    def step():
        with torch.no_grad():
            fake = generator(latents(batch, device))
        learn_from(critic, optimizer, real, fake, 0.5)

    return step, count(generator, critic)


class Augmentation:
    """What happens to each picture of a batch: a brightness is added, it is moved, a part is cut out, each with a probability."""

    def __init__(self, batch, size, device):
        reach, side = int(SHIFT * size), int(CUT * size)
        happens = torch.rand(3, batch) < AUGMENT
        brightness = (torch.rand(batch) * 2 - 1) * BRIGHTNESS * happens[0]
        shifts = torch.randint(-reach, reach + 1, (2, batch)) * happens[1]
        corners = torch.randint(-(side // 2), size - side // 2, (2, batch, 1))
        place = torch.arange(size)
        inside = (place >= corners) & (place < corners + side)
        cut = inside[0][:, :, None] & inside[1][:, None, :] & happens[2][:, None, None]
        self.brightness = brightness[:, None, None, None].to(device)
        self.mask = (~cut)[:, None].to(torch.float32).to(device)
        self.shifts = [(at, *shifts[:, at].tolist()) for at in happens[1].nonzero()[:, 0].tolist()]

    def __call__(self, pictures):
        return self.moved(pictures + self.brightness) * self.mask

    def moved(self, pictures):
        """What comes in is grey. Only pictures that move are touched."""
        if not self.shifts:
            return pictures
        rows = list(pictures.unbind())
        for at, down, right in self.shifts:
            size = pictures.shape[-1]
            kept = rows[at][:, max(0, -down) : size - max(0, down), max(0, -right) : size - max(0, right)]
            rows[at] = F.pad(kept, (max(0, right), max(0, -right), max(0, down), max(0, -down)))
        return torch.stack(rows)


class Averages:
    """The running average of a network, and two of which the share of the past falls with a power of time."""

    def __init__(self, network):
        self.current = [parameter.data for parameter in network.parameters()]
        self.running, *self.powers = [[tensor.clone() for tensor in self.current] for _ in range(3)]
        self.faces, self.pending = 0, 0

    def follow(self, batch):
        torch._foreach_lerp_(self.running, self.current, 1 - EMA_DECAY)
        self.pending += batch
        if self.pending < min(self.faces // WAITS, MOST_STEPS * batch):
            return
        time = self.faces + self.pending
        for average, exponent in zip(self.powers, EXPONENTS):
            torch._foreach_lerp_(average, self.current, 1 - (self.faces / time) ** (exponent + 1))
        self.faces, self.pending = time, 0


def gan_step(size, batch, fade, device):
    """A whole step, and how many numbers the networks learn."""
    generator, critic = networks(size, fade, device)
    generator_adam, critic_adam = adam(generator), adam(critic)
    averages = Averages(generator)
    faces = torch.randint(0, 256, (2048, size, size, 3), dtype=torch.uint8)

    def real_faces():
        chosen = faces[torch.randint(0, len(faces), (batch,))].permute(0, 3, 1, 2).to(device).float() / 127.5 - 1
        mirrored = torch.rand(batch, 1, 1, 1, device=device) < 0.5
        real = torch.where(mirrored, chosen.flip(3), chosen)
        return real if fade is None else torch.lerp(F.interpolate(F.avg_pool2d(real, 2), scale_factor=2), real, fade)

    def augmented(pictures):
        return Augmentation(batch, size, device)(pictures)

    def step():
        real = real_faces()
        with torch.no_grad():
            fake = augmented(generator(latents(batch, device)))
            changed = augmented(real)
        critic_loss = learn_from(critic, critic_adam, changed, fake, GAMMA[size]).item()
        critic.requires_grad_(False)
        fake_scores = critic(augmented(generator(latents(batch, device))))
        with torch.no_grad():
            real_scores = critic(augmented(real))
        loss = F.softplus(real_scores - fake_scores).mean()
        generator_adam.zero_grad()
        loss.backward()
        generator_adam.step()
        critic.requires_grad_(True)
        averages.follow(batch)
        return critic_loss, loss.item()

    return step, count(generator, critic)


def check():
    """A few steps of everything, with what comes out."""
    device = torch.device("cpu")
    for size in (16, 32, 64):
        for fade in (None, 0.5):
            generator, critic = networks(size, fade, device)
            pictures = generator(latents(4, device))
            assert pictures.shape == (4, 3, size, size) and critic(pictures).shape == (4, 1)
            changed = Augmentation(4, size, device)(pictures)
            assert changed.shape == pictures.shape
            step, parameters = gan_step(size, 4, fade, device)
            losses = [step() for _ in range(3)][-1]
            critic_step(size, 4, fade, device)[0]()
            print(f"{size}x{size}, fade {fade}: {parameters} numbers, losses {losses[0]:.3f} {losses[1]:.3f}")


if __name__ == "__main__":
    check()
