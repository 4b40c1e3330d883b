"""Practice: the lesson's exercise, seven more, and short questions."""

from __future__ import annotations

import streamlit as st

from pages.ui.messages import messages

texts = messages("practice")
st.title(texts("title"), anchor=False)
st.markdown(texts("about"))
