"""Products and solutions of small matrices, equal to the last bit on every processor.

BLAS and LAPACK sum in other orders on other processors, and a descent that sums px in float32 made
of their last bits up to 7e-9 px, which a record's last digit may show.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel


def product(*factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Product of (..., m, k), (..., k, l) and so on; axes before the last two are broadcast."""
    out = factors[0]
    for factor in factors[1:]:
        ahead = _ahead(out, factor)
        left, right = _read_in_a_row(out, ahead), _read_in_a_row(factor, ahead)
        made = np.zeros((len(left), left.shape[1], right.shape[2]))
        _multiply(left, right, made)
        out = made.reshape(*ahead, *made.shape[1:])
    return out


def solved(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The x of matrix x = right, (..., n, n) and (..., n, m); nan where a matrix has no inverse."""
    ahead = _ahead(matrix, right)
    out = _in_a_row(right, ahead)
    eliminate(_in_a_row(matrix, ahead), out)
    return out.reshape(*ahead, *out.shape[1:])


def inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of (..., n, n); nan where there is none."""
    return solved(matrix, np.eye(matrix.shape[-1]))


def _ahead(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[int, ...]:
    """Axes before the last two of both; most matrices have none, and numpy takes its time."""
    if one.shape[:-2] == other.shape[:-2]:
        return one.shape[:-2]
    return np.broadcast_shapes(one.shape[:-2], other.shape[:-2])


def _read_in_a_row(matrix: NDArray[np.float64], ahead: tuple[int, ...]) -> NDArray[np.float64]:
    """The matrices one after another, for who does not write: as they are, where they lie so."""
    flags = matrix.flags
    if flags.c_contiguous and flags.writeable and matrix.dtype == np.float64:
        if matrix.ndim == 2 and not ahead:
            return matrix[None]
        if matrix.shape[:-2] == ahead:
            return matrix.reshape(-1, *matrix.shape[-2:])
    return _in_a_row(matrix, ahead)


def _in_a_row(matrix: NDArray[np.float64], ahead: tuple[int, ...]) -> NDArray[np.float64]:
    """A copy, one matrix after another."""
    rows, columns = matrix.shape[-2:]
    if matrix.shape[:-2] != ahead:
        matrix = np.broadcast_to(matrix, (*ahead, rows, columns))
    return np.array(matrix, np.float64, order="C").reshape(-1, rows, columns)


@kernel
def _multiply(left, right, out):
    """Products of (N, m, k) and (N, k, l), written as `out`."""
    for n in range(out.shape[0]):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                total = 0.0
                for k in range(left.shape[2]):
                    total += left[n, i, k] * right[n, k, j]
                out[n, i, j] = total


@kernel
def eliminate(matrices, right):
    """Gauss and Jordan's elimination with pivots of a column's largest; `right` becomes the x."""
    size, count = matrices.shape[1], right.shape[2]
    for n in range(matrices.shape[0]):
        a, b = matrices[n], right[n]
        for c in range(size):
            best = c
            for r in range(c + 1, size):
                if abs(a[r, c]) > abs(a[best, c]):
                    best = r
            if best != c:
                for m in range(size):
                    a[c, m], a[best, m] = a[best, m], a[c, m]
                for m in range(count):
                    b[c, m], b[best, m] = b[best, m], b[c, m]
            pivot = a[c, c]
            if pivot == 0.0:
                b[:] = np.nan
                break
            for r in range(size):
                factor = a[r, c] / pivot
                if r != c and factor != 0.0:
                    for m in range(c, size):
                        a[r, m] -= factor * a[c, m]
                    for m in range(count):
                        b[r, m] -= factor * b[c, m]
            for m in range(c + 1, size):
                a[c, m] /= pivot
            for m in range(count):
                b[c, m] /= pivot
            a[c, c] = 1.0


@kernel
def times(left, right):
    """Product of (m, k) and (k, l), for other kernels."""
    made = np.empty((left.shape[0], right.shape[1]))
    for i in range(made.shape[0]):
        for j in range(made.shape[1]):
            total = 0.0
            for k in range(left.shape[1]):
                total += left[i, k] * right[k, j]
            made[i, j] = total
    return made


@kernel
def inverted(matrix):
    """Inverse of (n, n), nan where there is none, for other kernels."""
    size = matrix.shape[0]
    left, made = np.empty((1, size, size)), np.empty((1, size, size))
    for r in range(size):
        for c in range(size):
            left[0, r, c], made[0, r, c] = matrix[r, c], 1.0 if r == c else 0.0
    eliminate(left, made)
    return made[0]
