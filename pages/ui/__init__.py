"""What pages share: session state, controls, live panel, the results view."""
