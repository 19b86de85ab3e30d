"""What decoders say on standard error is kept and told of the frame that it is about."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from imaging.frames import decoder_words

SCRIPTS = Path(decoder_words.__file__).parents[2]


def test_complaints_belong_to_their_file():
    with decoder_words.kept() as words:
        os.write(2, b"/raw/a: b.CR2: data corrupted at 4711\n/raw/c.CR2: Unexpected end of file\n")
        os.write(2, b"/raw/c.CR2: Unexpected end of file\nCorrupt JPEG data: bad Huffman code\n")
        assert words.of(Path("/raw/a: b.CR2")) == ("data corrupted at 4711",)
        assert words.of(Path("/raw/c.CR2")) == ("Unexpected end of file",)
        assert words.of(Path("/raw/d.CR2")) == ()
        assert words.others() == ("Corrupt JPEG data: bad Huffman code",)


def test_what_python_says_meanwhile_is_said_at_once():
    code = (
        "import os, sys\nfrom imaging.frames import decoder_words\n"
        "with decoder_words.kept():\n"
        "    print('a line of ours', file=sys.stderr)\n"
        "    os.write(2, b'a line of a library\\n')\n"
        "    print('another', file=sys.stderr)\n"
        "print('after', file=sys.stderr)\n"
        "os.write(2, b'and a library\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPTS, check=True, capture_output=True, text=True
    )
    assert done.stderr == "a line of ours\nanother\nafter\nand a library\n"
