"""One screen of Learn and Inside: predict, act, then the explanation, one takeaway and one check.

The texts of a screen stand in the message catalogue, under these keys:

    title            the name of the screen
    predict.ask      the question before anything is shown
    predict.choices  the answers that one can choose
    predict.replies  what the explanation says to each answer
    act              what to do now
    explain          what happened and why; each paragraph is short
    takeaway         the one sentence to remember
    labels           the words in the drawing
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

import streamlit as st

from pages.ui import address
from pages.ui.messages import Messages, messages
from pages.ui.session import current_session

__all__ = ["choose", "guess", "next_button", "open_screen", "page", "screen"]


def page(name: str, screens: Mapping[str, Callable[[], None]]) -> None:
    """Draw the page `name`: its title, the choice of a screen, that screen, and what comes next.

    `screens` are the functions that draw each screen, by its name, in their order.
    """
    current_session().collect()  # a run may have ended since the last page
    texts = messages(name)
    st.title(texts("title"), anchor=False)
    st.markdown(texts("about"))
    titles = {one: messages(one)("title") for one in screens}
    chosen = choose(titles, key=name, label=texts("screens"))
    screens[chosen]()
    next_button(titles, chosen, key=name)


def choose(titles: Mapping[str, str], *, key: str, label: str) -> str:
    """Draw the buttons that choose a part of a page, by its title. The URL holds its name.

    `key` is the path of the page, and the name of the parameter in its URL.
    """
    names = list(titles)
    shown = f"{key}-shown"  # what the URL held last; another value comes from a link
    linked = st.query_params.get(key)
    if linked in names and linked != st.session_state.get(shown):
        st.session_state[key] = linked
    elif st.session_state.get(key) not in names:
        st.session_state[key] = names[0]
    chosen: str = st.segmented_control(
        label,
        names,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )
    # Streamlit's own `bind` would put the title into the URL. A link should not change with it.
    if linked not in names:
        address.follow(key, {key: chosen})  # no new entry: Back leads to the page before
    elif linked != chosen:
        st.query_params[key] = chosen  # a new entry: Back leads to the part before
    st.session_state[shown] = chosen
    return chosen


def screen(
    name: str,
    act: Callable[[], None],
    *,
    predict: Callable[[Messages], object] | None = None,
    check: Callable[[], None],
    given: Mapping[str, object] | None = None,
) -> None:
    """Draw the screen `name`.

    Args:
        act: draws what one can do. It is called after the guess.
        predict: asks for the guess. It returns None until there is one. By default it shows the
            choices in the catalogue.
        check: draws the check. It is called after the explanation.
        given: the numbers for the placeholders in the texts.
    """
    given = given or {}
    texts = messages(name)
    st.header(texts("title"), anchor=False)
    guessed = predict(texts) if predict is not None else guess(name, given)
    with st.container(key=f"act-{name}"):
        if guessed is None:
            st.caption(messages("screen")("first"))
            return
        st.markdown(texts("act", **given))
        act()
    opened = st.session_state.setdefault("explained", set())
    if name not in opened:
        st.button(
            messages("screen")("show"),
            icon=":material/lightbulb:",
            key=f"explain-{name}",
            on_click=opened.add,
            args=(name,),
        )
        return
    reply = f"predict.replies.{guessed}"
    if isinstance(guessed, str) and reply in texts:
        st.markdown(texts(reply, **given))
    st.markdown(texts("explain", **given))
    st.info(texts("takeaway", **given), icon=":material/bookmark:")
    check()


def guess(
    name: str, given: Mapping[str, object] | None = None, *, group: str = "predict"
) -> str | None:
    """Ask for the guess with the choices in the catalogue. None until one is chosen.

    `group` is the key of the question, for a screen that has more than one.
    """
    texts = messages(name)
    choices = texts.group(f"{group}.choices")
    chosen: str | None = st.radio(
        texts(f"{group}.ask", **(given or {})),
        list(choices),
        index=None,
        format_func=choices.__getitem__,
        key=f"guess-{name}{group.removeprefix('predict')}",
        persist_state="session",
    )
    return chosen


def open_screen(page: str, name: str) -> NoReturn:
    """Go to the screen `name` of another page, `learn` or `inside`."""
    st.session_state[page] = name
    st.switch_page(f"{page}.py")


def next_button(titles: Mapping[str, str], now: str, *, key: str) -> None:
    """Draw the button that goes on to the screen after `now`."""
    names = list(titles)
    after = names.index(now) + 1
    if after < len(names):
        st.button(
            messages("screen")("next", title=titles[names[after]]),
            icon=":material/arrow_forward:",
            key=f"next-{now}",
            on_click=st.session_state.__setitem__,
            args=(key, names[after]),
        )
