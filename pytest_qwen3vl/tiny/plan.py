"""The numbers that a training run is repeated from.

Plain data: it knows neither weights nor pictures.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold everything that decides a run's outcome; either `steps` or `minutes` says when it ends.

    From each step in `stages` on, what was hard until then is asked more often.
    """

    seed: int = 0
    steps: int | None = None
    minutes: float | None = None
    rows: int = 20
    budget: int = 180
    muon_rate: float = 0.02
    adam_rate: float = 3e-3
    warmup: int = 60
    stages: tuple[int, int] = (1218, 2238)
    cooldown: float = 0.35
    averaging: float = 0.998
    sight_share: float = 0.3

    def goes_on(self, begun: "Plan") -> bool:
        """Tell whether a run begun with another plan may go on with this one: all but its end must be the same."""
        return replace(self, steps=None, minutes=None) == replace(begun, steps=None, minutes=None)

    def progress(self, step: int, seconds: float) -> float:
        """Return how much of the plan is done, 0 to 1."""
        if self.steps is not None:
            return step / self.steps
        return seconds / (60 * self.minutes) if self.minutes else 1.0

    def stage(self, step: int) -> int:
        """Return which mixture of questions a step learns from: 0, 1 or 2."""
        return sum(step >= first for first in self.stages)

    def rate_factor(self, step: int, progress: float) -> float:
        """Return the share of the full learning rate: up over `warmup` steps, down over the last `cooldown`."""
        return max(0.01, min((1.0 - progress) / self.cooldown, (step + 1) / self.warmup, 1.0))
