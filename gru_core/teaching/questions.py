"""All questions, in teaching order. Each is computed when it is first asked for.

To add a question, write its function in `cell_questions` or `loop_questions`, name it here and
write its texts in `pages/ui/messages/en/questions.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from gru_core.teaching import cell_questions as cell
from gru_core.teaching import loop_questions as loop
from gru_core.teaching.question import Question

__all__ = ["QUESTIONS", "Question"]

_BUILDERS: Mapping[str, Callable[[], Question]] = {
    "echo": cell.echo,
    "z-direction": cell.z_direction,
    "gates-on-off": cell.gates_on_off,
    "reset-place": cell.reset_place,
    "two-biases": cell.two_biases,
    "parameter-count": cell.parameter_count,
    "gate-order": cell.gate_order,
    "hidden-steps": cell.hidden_steps,
    "batch-first": cell.batch_first,
    "output-h_n": cell.output_h_n,
    "between-windows": loop.between_windows,
    "vanishing": loop.vanishing,
    "low-loss": loop.low_loss,
    "teacher-forced": loop.teacher_forced,
    "lag": loop.lag,
    "more-layers": loop.more_layers,
}


class _Questions(Mapping[str, Question]):
    """The questions by name. They read files and run networks, so none is made too early."""

    def __getitem__(self, name: str) -> Question:
        return _made(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_BUILDERS)

    def __len__(self) -> int:
        return len(_BUILDERS)


@cache
def _made(name: str) -> Question:
    return _BUILDERS[name]()


#: Every question by name, in teaching order.
QUESTIONS: Mapping[str, Question] = _Questions()
