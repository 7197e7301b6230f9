"""For every recorded stream: deltas applied to the first snapshot give the last one.

Once in Python and once with the browser's own module under Node, through the frames as sent.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from telephony.live.frames import delta_frame, pack, snapshot_frame, to_text, unpack
from telephony.live.state import Document, Drop, Put, apply, is_public, public
from tests.telephony.live.replay import NAMES, acme, events_of, play, start

ROOT = Path(__file__).parents[2]
RUN = """
import { readFileSync } from "node:fs";
import { LiveDocument } from "./document.js";
const { frames, after } = JSON.parse(readFileSync(0, "utf8"));
const document = new LiveDocument("tenant");
for (const frame of frames) {
  if (document.receive(JSON.parse(frame)) === null) throw new Error("a gap that is none");
}
const mine = JSON.stringify([...document.entities].sort());
const theirs = JSON.stringify(Object.entries(after).sort());
if (mine !== theirs) throw new Error(`${mine}\\n is not \\n${theirs}`);
console.log(document.version, document.entities.size);
"""


def recorded(name: str) -> tuple[list[str], Document]:
    """The frames of a whole transcript as the broadcaster words them, and the last snapshot."""
    directory = acme()
    document = start(directory)
    texts = {key: to_text(entity) for key, entity in public(document).items()}
    frames = [snapshot_frame("tenant", 7, 0.0, 0.0, texts)]
    for event, changes in play(document, directory, events_of(name)):
        shown = [change for change in changes if is_public(change.key)]
        if shown:
            put = {c.key: to_text(c.entity) for c in shown if isinstance(c, Put)}
            dropped = [c.key for c in shown if isinstance(c, Drop)]
            frame = delta_frame("tenant", 7 + len(frames), event.at, put, dropped)
            frames.append(unpack(pack(frame)))
    return frames, public(document)


@pytest.mark.parametrize("name", NAMES)
def test_in_python(name: str) -> None:
    frames, after = recorded(name)
    first, *deltas = map(json.loads, frames)
    document: Document = first["entities"]
    for delta in deltas:
        puts = [Put(key, entity) for key, entity in delta["set"].items()]
        apply(document, [*puts, *(Drop(key) for key in delta["del"])])
    assert document == after


@pytest.mark.parametrize("name", NAMES)
def test_in_the_browsers_own_module(name: str, tmp_path: Path, node: str) -> None:
    frames, after = recorded(name)
    shutil.copy(ROOT / "static" / "js" / "live" / "document.js", tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "run.js").write_text(RUN)
    done = subprocess.run(
        [node, "run.js"],
        cwd=tmp_path,
        input=json.dumps({"frames": frames, "after": after}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(7 + len(frames) - 1), str(len(after))]


def test_the_transcripts_say_something() -> None:
    assert sum(len(recorded(name)[0]) for name in NAMES) > 300
