"""The address of the page, which follows what the page shows."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

__all__ = ["follow"]

# `st.query_params` adds every change to the browser's history, so each would cost one press of
# Back. This code replaces the newest entry instead. It may run late, when another page is open
# already: the address of that page stays. Streamlit's own parameters stay, too.
_CODE = """
const OWN = ["embed", "embed_options"];
export default function ({ data }) {
  const url = new URL(window.location.href);
  if (!url.pathname.endsWith(`/${data.page}`)) return;
  const kept = [...url.searchParams].filter(([name]) => OWN.includes(name));
  url.search = new URLSearchParams([...kept, ...new URLSearchParams(data.query)]);
  if (url.href !== window.location.href) window.history.replaceState({}, "", url);
}
"""
_component = st.components.v2.component(
    "gru_lab_address", html="<span hidden></span>", js=_CODE, isolate_styles=False
)


def follow(page: str, query: Mapping[str, str]) -> None:
    """Make the address of `page` show `query`. Back still leads to the page before."""
    _component(key=f"address-{page}", data={"page": page, "query": urlencode(query)})
