"""A page with as many controls as the Lab, and nothing else: `latency` compares the Lab with it."""

import streamlit as st

with st.sidebar:
    for k in range(6):
        st.selectbox(f"Choice {k}", ["one", "two"], help="Help.")
    window = st.number_input("Window (values)", value=10, step=1, help="Help.")
    for k in range(10):
        st.number_input(f"Number {k}", value=5, step=1, help="Help.")
st.title("A page")
st.caption(f"{1000 - window} windows to train on")
