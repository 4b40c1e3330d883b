"""All Streamlit code: the router, one short file per page, and `ui` for shared parts."""
