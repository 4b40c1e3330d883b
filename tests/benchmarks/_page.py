"""What a simulated browser shows: the elements of the page, and the values of its controls.

It follows the page of Streamlit 1.67. It keeps an element until a complete run of the script no
longer draws it. It keeps large messages, which the server then sends only once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState

__all__ = ["ShownPage", "Value"]

Value = str | int | float | bool | None
Path = tuple[int, ...]

#: Where an element keeps the words that a reader sees.
_WORDS = {
    "alert": "body",
    "button": "label",
    "checkbox": "label",
    "heading": "body",
    "markdown": "body",
    "number_input": "label",
    "page_link": "label",
    "progress": "text",
    "selectbox": "label",
}
#: The component that writes the settings into the address of the page.
_ADDRESS = "gru_lab_address"


@dataclass
class _Node:
    element: Element
    run: str
    fragment: str


@dataclass
class _Large:
    """A large message, the number of runs when it was last used, and its fragment."""

    message: ForwardMsg
    runs: int
    fragment: str


class ShownPage:
    """The elements, by their path, and the values of the controls, by their id.

    Attributes:
        script: the id of the page's script.
        scripts: the id of each page's script, by its title.
        query: the query that the browser sends.
        fragments: the fragments of the newest run; empty if the whole page was run.
    """

    def __init__(self, query: str = "") -> None:
        self.script = ""
        self.scripts: dict[str, str] = {}
        self._query = query  # Streamlit's own; it does not see what our component writes
        self._address = query
        self.fragments: list[str] = []
        self._run = ""
        self._nodes: dict[Path, _Node] = {}
        self._values: dict[str, WidgetState] = {}
        self._large: dict[str, _Large] = {}
        self._runs = 0
        self._most_runs = 0

    @property
    def query(self) -> str:
        return self._query or self._address

    def leave(self, title: str) -> None:
        """The link to another page was pressed."""
        self.script, self._query, self._address = self.scripts[title], "", ""

    def take(self, sent: ForwardMsg) -> None:
        """Take one message from the server."""
        message = self._whole(sent)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._run = message.metadata.run.script_run_id
            self.fragments = list(message.metadata.run.fragment_ids)
            self._most_runs = message.new_session.config.max_cached_message_age
        elif kind == "navigation":
            self.script = message.navigation.page_script_hash
            pages = message.navigation.app_pages
            self.scripts = {page.page_name: page.page_script_hash for page in pages}
        elif kind == "page_info_changed":
            self._query = self._address = message.page_info_changed.query_string
        elif kind == "delta":
            self._draw(message)
        elif kind == "script_finished":
            self._finish(message.script_finished)

    # -- what is seen --------------------------------------------------------------------------

    def texts(self) -> list[str]:
        """The words on the page, from top to bottom."""
        found = []
        for _, node in sorted(self._nodes.items()):
            kind = node.element.WhichOneof("type") or ""
            if kind in _WORDS:
                found.append(str(getattr(getattr(node.element, kind), _WORDS[kind])))
        return found

    def errors(self) -> list[str]:
        """What the page reports in an error box."""
        found = []
        for node in self._nodes.values():
            element = node.element
            if element.HasField("exception"):
                found.append(f"{element.exception.type}: {element.exception.message}")
            elif element.HasField("alert") and element.alert.format == Alert.ERROR:
                found.append(element.alert.body)
        return found

    @property
    def progress(self) -> str:
        """The words of the progress bar. Empty if there is none."""
        bars = [n.element.progress for n in self._nodes.values() if n.element.HasField("progress")]
        return bars[0].text if bars else ""

    def button(self, label: str) -> str | None:
        """The id of the button `label`. None if it is disabled or not there."""
        buttons = [n.element.button for n in self._nodes.values() if n.element.HasField("button")]
        found = [button for button in buttons if button.label == label and not button.disabled]
        return found[0].id if found else None

    # -- the values of the controls ------------------------------------------------------------

    def set(self, label: str, value: Value) -> None:
        """Change the control with this label."""
        for node in self._nodes.values():
            kind, control = _control(node.element)
            if control is not None and control.label == label:
                self._values[control.id] = _state(kind, control, value)
                return
        raise LookupError(f"The page has no control '{label}'.")

    def states(self, pressed: str | None = None) -> list[WidgetState]:
        """The values of all controls, and of the button with the id `pressed`."""
        states = list(self._values.values())
        return [*states, WidgetState(id=pressed, trigger_value=True)] if pressed else states

    def large(self) -> list[str]:
        """The hashes of the large messages that are kept."""
        return list(self._large)

    # -- how it changes ------------------------------------------------------------------------

    def _whole(self, sent: ForwardMsg) -> ForwardMsg:
        """The message itself, if the server sent only its hash."""
        if sent.WhichOneof("type") == "ref_hash":
            large = self._large[sent.ref_hash]
            large.runs = self._runs
            whole = ForwardMsg()
            whole.CopyFrom(large.message)
            whole.metadata.CopyFrom(sent.metadata)
            return whole
        if sent.metadata.cacheable and sent.hash:
            known = self._large.get(sent.hash)
            fragment = known.fragment if known else sent.delta.fragment_id
            self._large[sent.hash] = _Large(sent, self._runs, fragment)
        return sent

    def _draw(self, message: ForwardMsg) -> None:
        path, delta = tuple(message.metadata.delta_path), message.delta
        if delta.HasField("add_block"):
            self._nodes.pop(path, None)
            return
        if not delta.HasField("new_element"):
            return
        if path not in self._nodes:  # it may stand in the place of a block
            for old in [old for old in self._nodes if old[: len(path)] == path]:
                del self._nodes[old]
        self._nodes[path] = _Node(delta.new_element, self._run, delta.fragment_id)
        kind, control = _control(delta.new_element)
        if control is not None and control.set_value:
            self._values[control.id] = _state(kind, control, _server_value(kind, control))
        elif control is not None and control.id not in self._values:
            self._values[control.id] = _state(kind, control, _default(kind, control))
        component = delta.new_element.bidi_component
        if component.component_name.endswith(_ADDRESS):
            self._address = json.loads(component.json)["query"]

    def _finish(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        self._runs += 1
        for hash_, large in list(self._large.items()):
            concerned = not self.fragments or large.fragment in self.fragments
            if concerned and self._runs - large.runs > self._most_runs:
                del self._large[hash_]
        self._nodes = {path: node for path, node in self._nodes.items() if not self._stale(node)}
        controls = [_control(node.element)[1] for node in self._nodes.values()]
        there = {control.id for control in controls if control is not None}
        self._values = {id_: state for id_, state in self._values.items() if id_ in there}

    def _stale(self, node: _Node) -> bool:
        concerned = not self.fragments or node.fragment in self.fragments
        return concerned and node.run != self._run


def _control(element: Element) -> tuple[str, Any]:
    """The kind of control, and the control. It is None if the element is none."""
    kind = element.WhichOneof("type") or ""
    known = kind in ("selectbox", "number_input", "checkbox")
    return kind, getattr(element, kind) if known else None


def _default(kind: str, control: Any) -> Value:
    if kind == "checkbox":
        return bool(control.default)
    if not control.HasField("default"):
        return None
    return str(control.options[control.default]) if kind == "selectbox" else float(control.default)


def _server_value(kind: str, control: Any) -> Value:
    if kind == "selectbox":
        return str(control.raw_value) if control.HasField("raw_value") else None
    if kind == "checkbox":
        return bool(control.value)
    return float(control.value) if control.HasField("value") else None


def _state(kind: str, control: Any, value: Value) -> WidgetState:
    state = WidgetState(id=control.id)
    if value is None:
        return state
    if kind == "selectbox":
        state.string_value = str(value)
    elif kind == "checkbox":
        state.bool_value = bool(value)
    elif control.data_type == NumberInput.INT:
        state.int_value = int(value)
    else:
        state.double_value = float(value)
    return state
