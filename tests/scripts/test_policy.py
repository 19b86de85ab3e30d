"""Masters are judged tag by tag; what contradicts itself between profiles is waived by name."""

import csv

import numpy as np
import pytest
import tifffile
from PIL import ImageCms

import policy
from imaging.frames import colour, tiff
from records.errors import RecordError
from records.reports.policy import check_master

XMP = b"<rdf:Description><dc:creator>A. B.</dc:creator><dc:rights>CC0</dc:rights></rdf:Description>"


def write(path, space="adobe-rgb", **more):
    pixels = np.zeros((8, 12, 3), np.uint16)
    about = {"resolution_ppi": 3000.0, "xmp": XMP} | more
    tiff.write_image(path, pixels, colour.profile(space), **about)
    return path


def failing(path, *profiles, waived=()):
    results = check_master(path, profiles, waived)
    return {one.rule.name for one in results if one.verdict == "fail"}


def test_a_master_of_ours_obeys_slub_and_fadgi(tmp_path):
    assert failing(write(tmp_path / "m.tif"), "slub", "fadgi") == set()


@pytest.mark.parametrize(
    ("more", "profile", "rule"),
    [
        ({"text": {"artist": "A. B."}}, "slub", "no-artist"),
        ({"resolution_ppi": 25400.0}, "slub", "ppi-limit"),
        ({"resolution_ppi": None}, "fadgi", "resolution"),
        ({"text": {"date_time": "2026-11-24"}}, "slub", "date"),
        ({}, "metamorfoze", "eci-rgb"),
    ],
)
def test_a_broken_rule_is_named_and_can_be_waived(tmp_path, more, profile, rule):
    path = write(tmp_path / "m.tif", **more)
    assert failing(path, profile) == {rule}
    assert failing(path, profile, waived=[rule]) == set()


def test_a_master_in_ecirgb_obeys_metamorfoze(tmp_path):
    assert failing(write(tmp_path / "m.tif", space="eci-rgb"), "metamorfoze") == set()


def test_a_creator_in_neither_artist_nor_xmp_is_missed(tmp_path):
    assert failing(write(tmp_path / "m.tif", xmp=None), "fadgi") == {"creator", "copyright"}


def test_what_a_sidecar_says_goes_before_the_packet_in_the_file(tmp_path):
    path, sidecar = write(tmp_path / "m.tif", xmp=None), tmp_path / "m.xmp"
    sidecar.write_bytes(XMP)
    results = check_master(path, ["fadgi"], (), sidecar)
    assert {one.verdict for one in results} == {"pass"}


@pytest.mark.parametrize(
    ("pixels", "how", "rules"),
    [
        ((np.uint16, 3), {"compression": "zlib"}, {"uncompressed"}),
        ((np.uint8, 3), {}, {"16-bit"}),
        ((np.uint16, 4), {"extrasamples": ["unassalpha"]}, {"no-alpha", "16-bit"}),
        ((np.uint16, 3), {"byteorder": ">"}, {"little-endian"}),
    ],
)
def test_other_tiffs_break_the_rules_they_break(tmp_path, pixels, how, rules):
    kind, channels = pixels
    path = tmp_path / "m.tif"
    byteorder = how.pop("byteorder", "<")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with tifffile.TiffWriter(path, byteorder=byteorder) as writer:
        data = np.zeros((8, 12, channels), kind)
        writer.write(data, photometric="rgb", iccprofile=profile, **how)
    assert failing(path, "slub") - {"inches", "date"} == rules


def test_a_second_picture_in_the_file_is_found(tmp_path):
    path = write(tmp_path / "m.tif")
    tifffile.imwrite(path, np.zeros((4, 4, 3), np.uint8), append=True, photometric="rgb")
    assert "single-picture" in failing(path, "slub")


def test_the_command_reports_every_rule_and_fails(tmp_path, capsys):
    good, bad = write(tmp_path / "a.tif"), write(tmp_path / "b.tif", text={"artist": "A"})
    report = tmp_path / "policy.csv"
    with pytest.raises(RecordError, match="1 of 2 masters break rules of slub"):
        policy.main([str(good), str(bad), "--profile", "slub", "--report", str(report)])
    assert "b.tif fails no-artist (slub): 315 Artist must be absent" in capsys.readouterr().err
    rows = list(csv.DictReader(report.open()))
    assert [row["verdict"] for row in rows].count("fail") == 1
    policy.main([str(bad), "--profile", "slub", "--waive", "no-artist"])
    assert "0 broken, 1 waived" in capsys.readouterr().err


def test_what_is_no_tiff_or_no_rule_is_said(tmp_path, monkeypatch):
    (tmp_path / "m.tif").write_bytes(b"not a picture")
    with pytest.raises(RecordError, match="cannot be read as a TIFF"):
        check_master(tmp_path / "m.tif", ["slub"])
    with pytest.raises(RecordError, match="no rule is called artist; there are single-picture"):
        check_master(tmp_path / "m.tif", ["slub"], ["artist"])
    with pytest.raises(RecordError, match="no profile is called iso; there are slub, fadgi, metam"):
        check_master(tmp_path / "m.tif", ["iso"])
    # Where the workflow has run there is an archive, as in a checkout that was tried first.
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError, match="name the archive with --archive"):
        policy.main(["--profile", "slub"])
