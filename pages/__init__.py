"""Everything Streamlit: the router, one thin file a page, and `ui` for what pages share."""
