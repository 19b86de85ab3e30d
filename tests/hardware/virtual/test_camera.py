"""The virtual camera: a stack's frames are the same whenever it is shot, and no other stack's."""

from __future__ import annotations

from hardware.virtual.camera import Bench, VirtualCamera

BENCH = Bench(1, 64, 48, 4.0, 1.0, 1.0, 500, "2024-01-01T12:00:00")


def test_a_stack_is_the_same_whenever_it_is_shot_and_no_other(tmp_path):
    def frame(stack: str) -> bytes:
        camera = VirtualCamera(BENCH, lambda: 100.0)
        camera.look_at(stack)
        return camera.shoot(tmp_path, 1)[0].read_bytes()

    first = frame("S-1/dorsal")
    assert frame("S-1/dorsal") == first
    assert len({frame("S-1/lateral"), frame("S-2/dorsal"), first}) == 3
