"""What the pages Learn, Inside and Practice ask, and how they judge an answer.

    question          one question with computed answers
    cell_questions    questions about one cell and its shapes
    loop_questions    questions about training, memory and forecasts
    questions         all questions, in teaching order
    units             tiny networks for the questions
    measured          numbers that had to be trained for; `make_measured` measures them
    exercises         the exercises of Practice
    rules             the rules that check a run
    progress          what a learner has done

The texts for the screen stand in `pages/ui/messages/`. The web process uses this room, so only
`make_measured` loads torch.
May import `wording`, `errors`, `data`, `experiment`, `forecast`, `training`, `judgement` and
`shipped`.
"""
