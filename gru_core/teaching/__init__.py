"""What the pages Learn, Inside and Practice ask, and how they judge an answer.

    question          one question with computed answers
    cell_questions    questions about one cell and its shapes
    loop_questions    questions about training, memory and forecasts
    questions         all questions, in teaching order
    units             tiny networks for the questions
    layers            what one and two layers reached, measured

The texts for the screen stand in `pages/ui/messages/`. The web process uses this room, so only
`make_layers` loads torch.
May import `wording`, `errors`, `data`, `experiment`, `forecast`, `training`, `judgement` and
`shipped`.
"""
