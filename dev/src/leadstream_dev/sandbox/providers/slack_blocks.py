"""Slack's limits on a message, and how Slack would read its text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from leadstream_dev.sandbox.exchange import JsonObject

MAX_BLOCKS = 50
MAX_TOTAL_TEXT = 13_200
"""Undocumented: more block text than this is refused although each block is legal."""

_LIMITS = {"header": 150, "section": 3000, "field": 2000, "button": 75, "context": 2000}
_ID_LENGTH = 255
_CONTROL = re.compile(r"<([^<>]*)>")
_PLAIN_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")


@dataclass
class Refused(Exception):  # noqa: N818 - named as it reads where it is raised
    code: str


def check_message(message: JsonObject) -> None:
    """Raise Refused with the text Slack answers."""
    text, blocks = message.get("text"), message.get("blocks")
    if text is not None and not isinstance(text, str):
        raise Refused("invalid_payload")
    if not text and not blocks and not message.get("attachments"):
        raise Refused("no_text")
    if blocks is None:
        return
    if not isinstance(blocks, list) or len(blocks) > MAX_BLOCKS:
        raise Refused("invalid_blocks")
    for block in blocks:
        _check_block(block)
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    _demand(len(ids) == len(set(ids)))
    if sum(len(text) for _, text in _texts(blocks)) > MAX_TOTAL_TEXT:
        raise Refused("msg_blocks_too_long")


def reading(message: JsonObject) -> JsonObject:
    """What Slack makes of the text: the mentions and links in it, and text that wasn't escaped."""
    blocks = message.get("blocks") or []
    texts = [text for kind, text in _texts(blocks) if kind == "mrkdwn"]
    texts.append(message.get("text") or "")
    controls = [control for text in texts for control in _CONTROL.findall(text)]
    mentions = [control for control in controls if control.startswith(("!", "@", "#"))]
    rest = " ".join(_CONTROL.sub("", text) for text in texts)
    unescaped = bool(_PLAIN_AMPERSAND.search(rest)) or "<" in rest or ">" in rest
    plain = [text for kind, text in _texts(blocks) if kind == "plain_text"]
    return {
        "mentions": mentions,
        "links": [control for control in controls if control not in mentions],
        "unescaped": unescaped,
        "escaped_twice": any(
            entity in text for text in plain for entity in ("&amp;", "&lt;", "&gt;")
        ),
    }


def _check_block(block: object) -> None:
    _demand(isinstance(block, dict))
    if not isinstance(block, dict):
        return
    _check_id(block, "block_id")
    kind = block.get("type")
    if kind == "header":
        _check_text(block.get("text"), _LIMITS["header"], kinds=("plain_text",))
    elif kind == "section":
        _check_section(block)
    elif kind == "actions":
        _check_elements(block, 25)
    elif kind == "context":
        _check_context(block)
    elif kind == "image":
        _demand(bool(block.get("alt_text")) and len(str(block.get("image_url", ""))) <= 3000)
    else:
        _demand(kind in ("divider", "rich_text"))


def _check_section(block: JsonObject) -> None:
    fields = block.get("fields")
    _demand(block.get("text") is not None or bool(fields))
    if block.get("text") is not None:
        _check_text(block["text"], _LIMITS["section"])
    if fields is not None:
        _demand(isinstance(fields, list) and 1 <= len(fields) <= 10)
        for field in fields:
            _check_text(field, _LIMITS["field"])
    accessory = block.get("accessory")
    if isinstance(accessory, dict) and accessory.get("type") == "button":
        _check_button(accessory)


def _check_elements(block: JsonObject, most: int) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= most:
        raise Refused("invalid_blocks")
    for element in elements:
        _demand(isinstance(element, dict))
        if element.get("type") == "button":
            _check_button(element)


def _check_context(block: JsonObject) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        raise Refused("invalid_blocks")
    for element in elements:
        if not (isinstance(element, dict) and element.get("type") == "image"):
            _check_text(element, _LIMITS["context"])


def _check_button(button: JsonObject) -> None:
    _check_text(button.get("text"), _LIMITS["button"], kinds=("plain_text",))
    _check_id(button, "action_id")
    url = button.get("url", "https://")
    _demand(isinstance(url, str) and len(url) <= 3000 and url.startswith(("https://", "http://")))
    _demand(len(str(button.get("value", ""))) <= 2000)


def _check_text(
    text: object, longest: int, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
) -> None:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        raise Refused("invalid_blocks")
    content = text.get("text")
    _demand(isinstance(content, str) and 1 <= len(content) <= longest)


def _check_id(holder: JsonObject, name: str) -> None:
    _demand(isinstance(holder.get(name, ""), str) and len(holder.get(name, "")) <= _ID_LENGTH)


def _texts(part: object) -> Iterator[tuple[str, str]]:
    """Every text object inside `part`, as its type and its text."""
    if isinstance(part, list):
        for one in part:
            yield from _texts(one)
    if not isinstance(part, dict):
        return
    if part.get("type") in ("plain_text", "mrkdwn") and isinstance(part.get("text"), str):
        yield part["type"], part["text"]
        return
    for value in part.values():
        yield from _texts(value)


def _demand(condition: bool) -> None:
    if not condition:
        raise Refused("invalid_blocks")
