"""Makes `objectives.safetensors`: likelihoods and KL divergence with their gradients, by PyTorch in double precision.

Each case reduces to one number an image; `output_gradient` weighs the images, and every gradient is that of the
weighted sum.
"""

import json
import math
from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from golden_files import Arrays, normal, parse_arguments, save

Tensors = dict[str, torch.Tensor]

PIXELS = (7, 5, 3)


def bernoulli_negative_log_likelihood(given: Tensors) -> torch.Tensor:
    """−log p(target | logits), summed over pixels; targets between 0 and 1 count as in cross-entropy."""
    logits, target = given["logits"], given["target"]
    return (torch.logaddexp(logits, torch.zeros_like(logits)) - logits * target).sum(dim=(1, 2, 3))


def gaussian_negative_log_likelihood(given: Tensors) -> torch.Tensor:
    """−log p(target | mean, log σ²), one σ for all pixels, its constant ½ log 2π included, summed over pixels."""
    log_variance = given["log_variance"]
    squares = (given["target"] - given["mean"]) ** 2 / log_variance.exp()
    return 0.5 * (squares + log_variance + math.log(2 * math.pi)).sum(dim=(1, 2, 3))


def kl_to_standard_normal(given: Tensors) -> torch.Tensor:
    """KL(N(mean, exp(log_variance)) ‖ N(0, I)), summed over latent dimensions."""
    mean, log_variance = given["mean"], given["log_variance"]
    return -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(dim=1)


def check_against_distributions(name: str, given: Tensors, output: torch.Tensor) -> None:
    """Holds the formulas above against torch.distributions, which writes them its own way."""
    with torch.no_grad():
        if name.startswith("bernoulli"):
            binary = given["target"].round()
            expected = -Independent(Bernoulli(logits=given["logits"]), 3).log_prob(binary)
            output = bernoulli_negative_log_likelihood(given | {"target": binary})
        elif name.startswith("gaussian"):
            sigma = (0.5 * given["log_variance"]).exp()
            expected = -Independent(Normal(given["mean"], sigma), 3).log_prob(given["target"])
        else:
            posterior = Normal(given["mean"], (0.5 * given["log_variance"]).exp())
            expected = kl_divergence(posterior, Normal(0.0, 1.0)).sum(dim=1)
    torch.testing.assert_close(output, expected, rtol=1e-12, atol=1e-12, msg=lambda text: f"{name}: {text}")


def golden(
    name: str,
    formula: Callable[[Tensors], torch.Tensor],
    given: Arrays,
    variables: list[str],
    random: np.random.Generator,
) -> Arrays:
    """One case: what is given, the output for each image, and the gradient to each variable."""
    tensors = {key: torch.from_numpy(array).double() for key, array in given.items()}
    for variable in variables:
        tensors[variable].requires_grad_()
    output = formula(tensors)
    check_against_distributions(name, tensors, output.detach())
    output_gradient = normal(random, tuple(output.shape))
    output.backward(torch.from_numpy(output_gradient).double())
    arrays = given | {"output": output.detach().numpy(), "output_gradient": output_gradient}
    arrays |= {f"{variable}_gradient": tensors[variable].grad.numpy() for variable in variables}
    return {f"{name}/{key}": array for key, array in arrays.items()}


def main() -> None:
    """Writes the file."""
    arguments = parse_arguments(__doc__.splitlines()[0])
    torch.set_num_threads(1)
    random = np.random.default_rng(arguments.seed)
    arrays: Arrays = {}

    logits = 3 * normal(random, (5, *PIXELS))
    target = random.uniform(0, 1, logits.shape).astype(np.float32)
    target[::2] = np.round(target[::2])
    extreme_logits = np.tile(np.float32([80, -80, 80, -80, 0, 25, -25, 1e-4, 80, -80]), (2, 1)).reshape(2, 5, 2, 1)
    extreme_target = np.tile(np.float32([1, 1, 0, 0, 0.5, 0, 1, 1, 0.5, 0.25]), (2, 1)).reshape(2, 5, 2, 1)
    extreme_logits[1] *= -1
    for name, given in {
        "bernoulli": {"logits": logits, "target": target},
        "bernoulli-extreme": {"logits": extreme_logits, "target": extreme_target},
    }.items():
        arrays |= golden(name, bernoulli_negative_log_likelihood, given, ["logits"], random)

    mean = normal(random, (3, *PIXELS))
    target = random.uniform(0, 1, mean.shape).astype(np.float32)
    fixed = {"gaussian-fixed-unit": 1.0, "gaussian-fixed-half": 0.5, "gaussian-fixed-hundredth": 0.01}
    for name, variance in fixed.items():
        given = {"mean": mean, "target": target, "log_variance": np.float32([math.log(variance)])}
        arrays |= golden(name, gaussian_negative_log_likelihood, given, ["mean"], random)
    for name, log_variance in {"gaussian-learned": -1.25, "gaussian-learned-wide": 2.5}.items():
        given = {"mean": mean, "target": target, "log_variance": np.float32([log_variance])}
        arrays |= golden(name, gaussian_negative_log_likelihood, given, ["mean", "log_variance"], random)

    latents = {
        "kl": (normal(random, (5, 3)), normal(random, (5, 3))),
        "kl-standard": (np.zeros((2, 2), np.float32), np.zeros((2, 2), np.float32)),
        "kl-extreme": (np.float32([[100, -100], [0, 1e-3], [3, -3]]), np.float32([[-20, 20], [-80, 10], [1e-3, 0]])),
    }
    for name, (mean, log_variance) in latents.items():
        given = {"mean": mean, "log_variance": log_variance}
        arrays |= golden(name, kl_to_standard_normal, given, ["mean", "log_variance"], random)

    cases = sorted({name.split("/")[0] for name in arrays})
    metadata = {"torch": torch.__version__, "seed": str(arguments.seed), "cases": json.dumps(cases)}
    save(arguments.out / "objectives.safetensors", arrays, metadata)


if __name__ == "__main__":
    main()
