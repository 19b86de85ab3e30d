"""Programs that nobody here wrote, asked about what Holostack made, with their own commands.

Each function returns what the program has to say against it, and nothing where it accepts it.
Some take as long to load as a hundred tests to collect, so each is loaded by the function that asks
it.
"""

from __future__ import annotations

import ctypes.util
import json
import shutil
import subprocess
import sys
import zipfile
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
import requests
from lxml import etree
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

# Beside the interpreter, whether or not the environment is activated.
PROGRAMS = Path(sys.executable).parent
# Rules of others that come with the tests.
RULES = Path(__file__).parent / "data" / "receivers"
# What envs/run.py fetched from npm.
NODE_MODULES = Path(sys.prefix) / "web" / "node_modules"
# Says what is wrong with a manifest or a list of them, by the schema of Presentation API 3.
IIIF_PRESENTATION = """
const [module, file] = process.argv.slice(1);
const validator = new (require(module).Validator)();
const content = JSON.parse(require("fs").readFileSync(file));
const kind = content.type.toLowerCase();
if (!validator.validateCustom(kind, content)) {
  console.log(JSON.stringify(validator.validators[kind].errors));
  process.exitCode = 1;
}
"""
CRATE_CONTEXT = "https://w3id.org/ro/crate/1.1/context"


def storage_root(root: Path):
    """A storage root as ocfl-py reads it."""
    from ocfl.storage_root import StorageRoot

    return StorageRoot(root=str(root))


def ocfl_validator(log_warnings: bool):
    """What ocfl-py validates an object with."""
    from ocfl.validator import Validator

    return Validator(log_warnings=log_warnings)


def ocfl_root(root: Path) -> str:
    """What ocfl-py says of a storage root and, by its own command, of each object in it."""
    judge = storage_root(root)
    if not judge.validate(log_warnings=False) or judge.num_objects != judge.good_objects:
        return f"{judge.log.status_str()}\n{judge.errors}"
    folders = [root / path for path in judge.object_paths()]
    return "".join(_said([PROGRAMS / "ocfl-validate.py", folder]) for folder in folders)


def ocfl_object(folder: Path) -> str:
    """The codes of what ocfl-py says of one object; it may also break on what it reads."""
    judge = ocfl_validator(log_warnings=False)
    try:
        judge.validate_object(str(folder))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return " ".join(line[1:5] for line in judge.status_str().splitlines() if line[:2] == "[E")


def bag(folder: Path) -> str:
    """What bagit-python and `sha256sum` say of a bag."""
    manifests = ["manifest-sha256.txt", "tagmanifest-sha256.txt"]
    return _said([PROGRAMS / "bagit.py", "--validate", folder]) + _said(
        ["sha256sum", "--quiet", "--strict", "-c", *manifests], folder
    )


def picture(path: Path) -> str:
    """What exiftool says of a TIFF or JPEG; the test is skipped where it is not installed."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    run = subprocess.run(
        ["exiftool", "-validate", "-warning", "-error", "-a", "-s3", path],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if run.stdout.strip() == "OK" and not run.stderr else run.stdout + run.stderr


def tags(path: Path) -> dict[str, object]:
    """What exiftool reads in a file, `group:tag` → value, structures whole; skipped without it."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    words = ["exiftool", "-j", "-G1", "-struct", "-charset", "utf8", path]
    run = subprocess.run(words, capture_output=True, encoding="utf-8", check=True)
    return json.loads(run.stdout)[0]


def crate(folder: Path, cache: Path) -> str:
    """What rocrate-validator says of a crate by the Provenance Run Crate profile, offline.

    The validator asks for the JSON-LD context of RO-Crate 1.1 by its address. It gets the one
    that comes with the rocrate library, out of a cache made in `cache`.
    """
    from requests_cache import CachedSession

    session = CachedSession(cache_name=str(cache), expire_after=-1, backend="sqlite")
    session.mount("https://", _Shipped())
    session.get(CRATE_CONTEXT)
    session.close()
    return _said(
        [PROGRAMS / "rocrate-validator", "--no-interactive", "validate", "--no-paging"]
        + ["--profile-identifier", "provenance-run-crate", "--offline", "--cache-path", cache]
        + [folder]
    )


def darwin_core(path: Path) -> list[dict]:
    """What python-dwca-reader reads of a Darwin Core archive: terms by name, and `pictures`."""
    from dwca.read import DwCAReader

    with DwCAReader(str(path)) as archive:
        return [
            _terms(core.data) | {"pictures": [_terms(one.data) for one in core.extensions]}
            for core in archive.rows
        ]


def darwin_core_text(path: Path) -> str:
    """What TDWG's schema says of the `meta.xml` of a Darwin Core archive."""
    # Of the two schemas that it names on the web, it uses nothing; none is fetched.
    offline = etree.XMLParser(no_network=True)
    schema = etree.XMLSchema(etree.parse(RULES / "tdwg_dwc_text.xsd", offline))
    with zipfile.ZipFile(path) as archive:
        schema.validate(etree.fromstring(archive.read("meta.xml")))
    return str(schema.error_log)


def eml(path: Path) -> str:
    """What metapype says of the `eml.xml` of a Darwin Core archive, by the rules of EML 2.2.0."""
    # It looks into every module there is while it loads.
    from metapype.eml import validate
    from metapype.model import metapype_io

    with zipfile.ZipFile(path) as archive:
        text = archive.read("eml.xml").decode()
    faults: list = []
    validate.tree(metapype_io.from_xml(text, clean=True), faults)
    # A link within a paragraph, in which GBIF looks for the licence: EML has it, metapype not yet.
    unknown = ("ulink", "citetitle")
    return "\n".join(said for _, said, *_ in faults if not any(name in said for name in unknown))


def known_terms(name: str) -> tuple[set[str], set[str]]:
    """Terms of a list in tests/data/receivers, and those of them that it requires."""
    lines = (RULES / name).read_text().splitlines()
    return {line.split()[0] for line in lines}, {
        line.split()[0] for line in lines if line.endswith(" required")
    }


def rules(name: str) -> dict:
    """What a receiver's own documents say, from tests/data/receivers."""
    return json.loads((RULES / name).read_text())


def _terms(data: dict[str, str]) -> dict[str, str]:
    return {term.rpartition("/")[2]: value for term, value in data.items()}


class _Shipped(BaseAdapter):
    """Answers every request with the context that the rocrate library ships."""

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:
        context = (files("rocrate") / "data" / "ro-crate.jsonld").read_bytes()
        raw = HTTPResponse(
            BytesIO(context),
            {"Content-Type": "application/ld+json"},
            200,
            preload_content=False,
            request_url=request.url,
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        pass


def _said(command: list, folder: Path | None = None) -> str:
    run = subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if run.returncode == 0 else f"{run.stdout}\n{run.stderr}"


def iiif_presentation(path: Path) -> str:
    """What Digirati's validator says of a manifest or a collection, by IIIF's schema."""
    module = NODE_MODULES / "@hyperion-framework/validator/dist/index.umd.js"
    node = shutil.which("node")
    if node is None or not module.is_file():
        pytest.skip("node or npm's @hyperion-framework/validator is not here; envs/run.py says why")
    return _said([node, "-e", IIIF_PRESENTATION, module, path])


def iiif_image(address: str) -> str:
    """What IIIF's own validator says of an image service of level 0, asked by HTTP."""
    if ctypes.util.find_library("magic") is None:
        pytest.skip("libmagic is not installed (apt-get install libmagic1)")
    server, _, path = address.removeprefix("http://").partition("/")
    prefix, _, identifier = path.rpartition("/")
    words = ["-s", server, "-p", prefix, "-i", identifier, "--version=3.0", "--level=0", "--quiet"]
    return _said([sys.executable, PROGRAMS / "iiif-validate.py", *words])
