"""What motions a model allows."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment.models import MODELS, motion


@pytest.mark.parametrize(
    ("model", "freedoms"), [("translation", 2), ("similarity", 4), ("affine", 6)]
)
def test_each_freedom_of_a_model_is_a_motion_of_its_own(model, freedoms):
    basis = motion(MODELS[model]).reshape(freedoms, 9)
    assert np.linalg.matrix_rank(basis) == freedoms
    assert not basis[:, 6:].any()


def test_a_similarity_turns_and_magnifies_and_shears_nothing():
    turned = np.eye(3) + motion(np.array([0.3, -0.2, 0.1, 0.05]) @ MODELS["similarity"])
    assert turned == pytest.approx(np.array([[1.1, -0.05, 0.3], [0.05, 1.1, -0.2], [0, 0, 1]]))
