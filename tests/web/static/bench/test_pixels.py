"""What the page computes of a live picture."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow
MODULE = "bench/pixels.js"

# A grey ground with a square of stripes, and the same out of focus; noise as a camera has it.
SCENE = """(() => {
  const [width, height] = [320, 240];
  let seed = 1;
  const noise = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return (seed / 2147483648 - 0.5) * 6;
  };
  const make = (blur) => {
    const of = new Uint8Array(width * height);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const inside = x > 100 && x < 220 && y > 80 && y < 160;
        const wave = inside ? 80 * Math.exp(-blur * blur * 0.4) * Math.sign(Math.sin(x * 0.8)) : 0;
        of[y * width + x] = Math.max(0, Math.min(255, 110 + wave + noise()));
      }
    return of;
  };
  const detail = (of) => {
    const out = new Uint8Array(of.length);
    m.detail(of, width, height, out);
    return out;
  };
  return { width, height, make, detail };
})()"""


def test_light_is_that_of_the_eye(ask) -> None:
    rgba = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 200, 200, 200, 255]
    got = ask(
        MODULE,
        "(out => (m.light(Uint8Array.from(given), out), [...out]))(new Uint8Array(4))",
        rgba,
    )
    assert got == [77, 149, 29, 200]


def test_detail_is_the_modified_laplacian(ask) -> None:
    got = ask(
        MODULE,
        "(out => (m.detail(Uint8Array.from(given), 3, 3, out), [...out]))(new Uint8Array(9))",
        [0, 10, 0, 20, 50, 30, 0, 40, 0],
    )
    assert got == [0, 0, 0, 0, 100, 0, 0, 0, 0]


def test_edges_in_focus_are_tinted_and_noise_is_not(ask) -> None:
    inside, outside, total = ask(
        MODULE,
        f"""(() => {{
          const s = {SCENE};
          const details = s.detail(s.make(0));
          const out = new Uint32Array(details.length);
          m.peaking(details, s.width, m.threshold(details, 0.06), out);
          let [inside, outside] = [0, 0];
          out.forEach((pixel, i) => {{
            const [x, y] = [i % s.width, Math.floor(i / s.width)];
            if (pixel) x > 98 && x < 223 && y > 78 && y < 163 ? inside++ : outside++;
          }});
          return [inside, outside, out.length];
        }})()""",
    )
    assert 0.01 * total < inside < 0.08 * total
    assert outside == 0


def test_a_picture_with_nothing_in_focus_is_not_tinted(ask) -> None:
    tinted = ask(
        MODULE,
        f"""(() => {{
          const s = {SCENE};
          const details = s.detail(s.make(5));
          const out = new Uint32Array(details.length);
          m.peaking(details, s.width, m.threshold(details, 0.06), out);
          return out.filter((pixel) => pixel).length;
        }})()""",
    )
    assert tinted == 0


def test_zebra_stripes_what_is_clipped_in_any_channel_and_tells_its_share(ask) -> None:
    share, striped, spoilt = ask(
        MODULE,
        """(() => {
          const rgba = new Uint8Array(4 * 400).fill(100);
          for (let i = 0; i < 100; i++) rgba[4 * i + 1] = 255;
          const out = new Uint32Array(400);
          const share = m.zebra(rgba, 20, out);
          const count = (from, to) => out.slice(from, to).filter((pixel) => pixel).length;
          return [share, count(0, 100), count(100, 400)];
        })()""",
    )
    assert share == 0.25
    assert 40 <= striped <= 60
    assert spoilt == 0


def test_sharpness_rises_with_focus_and_hardly_with_light(ask) -> None:
    sharp, soft, brighter = ask(
        MODULE,
        f"""(() => {{
          const s = {SCENE};
          const part = {{left: 110, top: 90, width: 100, height: 60}};
          const of = (light) => m.sharpness(light, s.detail(light), s.width, part);
          const brighter = s.make(0).map((value) => Math.min(255, value * 1.25));
          return [of(s.make(0)), of(s.make(1.5)), of(brighter)];
        }})()""",
    )
    assert sharp > 1.8 * soft
    assert brighter == pytest.approx(sharp, rel=0.1)


@pytest.mark.parametrize(
    ("place", "part"),
    [
        ((0.5, 0.5), {"left": 40, "top": 20, "width": 20, "height": 20}),
        ((0, 0), {"left": 0, "top": 0, "width": 20, "height": 20}),
        ((1, 1), {"left": 80, "top": 40, "width": 20, "height": 20}),
    ],
)
def test_the_part_round_a_place_lies_inside(ask, place, part) -> None:
    assert ask(MODULE, f"m.partAt({place[0]}, {place[1]}, 20, 100, 60)") == part


def test_one_picture_of_800_px_costs_few_milliseconds(ask) -> None:
    """The quickest of several, so that a busy machine is not judged."""
    took = ask(
        MODULE,
        """(() => {
          const [w, h] = [800, 600];
          const rgba = new Uint8Array(4 * w * h).map((_, i) => (i * 7919) % 251);
          const [light, details] = [new Uint8Array(w * h), new Uint8Array(w * h)];
          const out = new Uint32Array(w * h);
          const times = [];
          const until = performance.now() + 20_000;
          while (times.length < 12 || (Math.min(...times) >= 15 && performance.now() < until)) {
            const started = performance.now();
            m.light(rgba, light);
            m.detail(light, w, h, details);
            out.fill(0);
            m.peaking(details, w, m.threshold(details, 0.02), out);
            m.zebra(rgba, w, out);
            times.push(performance.now() - started);
          }
          return Math.min(...times);
        })()""",
    )
    assert took < 15
