# Where the workflow's own files lie: beside its Snakefile, also where another workflow uses it as a
# module. Of a module on a hosting service, Snakemake keeps but the history; the files of the commit
# are unpacked beside it, once.
#
#     module holostack:
#         snakefile: github("…/holostack", path="Snakefile", tag="…")
#         config: config
#         prefix: "museum"             # if what it writes is to lie in a folder of its own
#     use rule * from holostack as holo_*
#     onsuccess: holostack.close()     # the closing words, if they are wanted

import io
import os
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory


def home():
    """The folder of the workflow."""
    folder = workflow.current_basedir.join("..")
    if folder.is_local:
        return Path(folder.get_path_or_uri(secret_free=True)).resolve()
    hosted = folder.hosted_repo
    commit = hosted.repo.commit(folder.ref)
    unpacked = hosted.repo_clone.with_name(f"{hosted.repo_clone.name}-{commit.hexsha}")
    if not unpacked.exists():
        with TemporaryDirectory(dir=unpacked.parent) as partial:
            files = io.BytesIO()
            hosted.repo.archive(files, commit)
            files.seek(0)
            tarfile.open(fileobj=files).extractall(f"{partial}/files", filter="data")
            Path(partial, "files").rename(unpacked)
    return unpacked


def placed(root):
    """A root of the data as the prefix of a module statement has it."""
    # Snakemake tells ./specimens and specimens apart.
    root = os.path.normpath(root)
    return workflow.modifier.path_modifier.replace_prefix(f"{root}/").removesuffix("/")


HERE = home()
AS_MODULE = not workflow.modifier.is_main_snakefile()
LOGS, BENCHMARKS, RESULTS = map(placed, ("logs", "benchmarks", "results"))
# Commands name files too, so that rules have whole paths, to which Snakemake is to add nothing.
workflow.modifier.path_modifier.skip_properties |= {"input", "output", "log", "benchmark"}
