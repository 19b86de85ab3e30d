"""Validate a crate with rocrate-validator, offline: `validate_crate.py CRATE`.

The validator asks for the JSON-LD context by its address; it gets the one that comes with the
rocrate library, whose terms mean the same.
"""

import sys
import tempfile
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator import services
from rocrate_validator.models import Severity
from urllib3 import HTTPResponse

CONTEXT = "https://w3id.org/ro/crate/1.1/context"


class Shipped(BaseAdapter):
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


def main(crate: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "cache")
        session = CachedSession(cache_name=cache, expire_after=-1, backend="sqlite")
        session.mount("https://", Shipped())
        session.get(CONTEXT)
        result = services.validate(
            {
                "rocrate_uri": crate,
                "profile_identifier": "provenance-run-crate",
                "requirement_severity": Severity.REQUIRED,
                "cache_path": cache,
                "offline": True,
            }
        )
    for issue in result.get_issues():
        print(f"{issue.severity.name}: {issue.check.identifier}: {issue.message}")
    return 0 if result.passed() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
