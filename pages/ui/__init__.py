"""What pages share: session, controls, live panel, the results view."""
