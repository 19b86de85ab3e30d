"""A surface with its picture as one file: glTF 2.0, binary, without compression.

ISO/IEC 12113:2022 (glTF 2.0) has lengths in metres, so the node scales µm by a millionth: who reads
the points has µm, who looks at the scene has its true size. The picture is light as it was
photographed, and is shown as it is (KHR_materials_unlit), or where that is not known, lit.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping

import numpy as np

from imaging.pictures.surface import Surface

_MAGIC, _VERSION, _JSON, _BINARY = 0x46546C67, 2, 0x4E4F534A, 0x004E4942
# What numbers are called in glTF, from OpenGL.
_FLOAT, _UNSIGNED_INT, _OF_VERTICES, _OF_INDICES = 5126, 5125, 34962, 34963
_LINEAR, _LINEAR_MIPMAP_LINEAR, _CLAMP_TO_EDGE = 9729, 9987, 33071


def glb_bytes(
    surface: Surface, jpeg: bytes, name: str, told: Mapping[str, object], rights: str = ""
) -> bytes:
    """A surface as a GLB; equal arguments give equal bytes.

    Parameters
    ----------
    jpeg : the picture, sRGB
    name : of the specimen's view
    told : what is said of it, as the asset's `extras`
    rights : as the asset's copyright; "" if unknown
    """
    points = np.ascontiguousarray(surface.points_um, "<f4")
    parts = [
        points.tobytes(),
        np.ascontiguousarray(surface.places, "<f4").tobytes(),
        np.ascontiguousarray(surface.faces, "<u4").tobytes(),
        jpeg,
    ]
    views: list[dict[str, object]] = []
    at = 0
    for part, target in zip(parts, (_OF_VERTICES, _OF_VERTICES, _OF_INDICES, None)):
        view: dict[str, object] = {"buffer": 0, "byteOffset": at, "byteLength": len(part)}
        views.append(view | ({"target": target} if target else {}))
        at += _padded(len(part))
    count = len(points)
    content = {
        "asset": {
            "version": "2.0",
            "generator": "Holostack",
            **({"copyright": rights} if rights else {}),
            "extras": dict(told),
        },
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": name, "mesh": 0, "scale": [1e-6, 1e-6, 1e-6]}],
        "meshes": [
            {
                "name": name,
                "primitives": [
                    {
                        "attributes": {"POSITION": 0, "TEXCOORD_0": 1},
                        "indices": 2,
                        "material": 0,
                    }
                ],
            }
        ],
        "materials": [
            {
                "doubleSided": True,
                "pbrMetallicRoughness": {
                    "baseColorTexture": {"index": 0},
                    "metallicFactor": 0.0,
                    "roughnessFactor": 1.0,
                },
                "extensions": {"KHR_materials_unlit": {}},
            }
        ],
        "textures": [{"sampler": 0, "source": 0}],
        "samplers": [
            {
                "magFilter": _LINEAR,
                "minFilter": _LINEAR_MIPMAP_LINEAR,
                "wrapS": _CLAMP_TO_EDGE,
                "wrapT": _CLAMP_TO_EDGE,
            }
        ],
        "images": [{"bufferView": 3, "mimeType": "image/jpeg"}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": _FLOAT,
                "count": count,
                "type": "VEC3",
                "min": [float(one) for one in points.min(0)],
                "max": [float(one) for one in points.max(0)],
            },
            {"bufferView": 1, "componentType": _FLOAT, "count": count, "type": "VEC2"},
            {
                "bufferView": 2,
                "componentType": _UNSIGNED_INT,
                "count": surface.faces.size,
                "type": "SCALAR",
            },
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": at}],
    }
    text = json.dumps(content, separators=(",", ":")).encode()
    text += b" " * (_padded(len(text)) - len(text))
    binary = b"".join(part + bytes(_padded(len(part)) - len(part)) for part in parts)
    chunks = struct.pack("<II", len(text), _JSON) + text
    chunks += struct.pack("<II", len(binary), _BINARY) + binary
    return struct.pack("<III", _MAGIC, _VERSION, 12 + len(chunks)) + chunks


def _padded(length: int) -> int:
    """A length up to the next four bytes, on which each part begins."""
    return -(-length // 4) * 4
