# Step 5: is the fused image sound? Records and maps → stack/qc.json and crops of what was found.
# No pixel is changed, and no other step waits for it but the archive.


rule qc:
    """Step 5: check whether the fused image is sound, and say with evidence where it is not."""
    input:
        fuse=f"{STACK}/stack/fuse.json",
        transforms=f"{STACK}/stack/transforms.json",
        ledger=f"{STACK}/frames.csv",
        # Known by their hashes in fuse.json, not by their times.
        maps=ancient(
            [
                f"{STACK}/stack/{name}.tif"
                for name in ("fused", "confidence", "source", "energy", "light")
            ]
        ),
    output:
        record=f"{STACK}/stack/qc.json",
        pictures=report(
            directory(f"{STACK}/stack/qc"),
            patterns=["{finding}.jpg"],
            caption="captions/finding.rst",
            category="{specimen}",
            labels={"view": "{view}", "shows": "{finding}"},
        ),
    log:
        f"{LOG}/qc.log",
    benchmark:
        f"{BENCHMARK}/qc.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_for("qc"),
        runtime=time_for("qc"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        settings=settings("qc"),
        acknowledge=cells("acknowledge"),
        direction=focusing,
        code=code("qc.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: checking the fused image"
    shell:
        f"{relay('qc')} {step('qc.py')}"
        f" --transforms {{input.transforms:q}} --fuse {{input.fuse:q}}"
        " --ledger {input.ledger:q} --pictures {output.pictures:q} --out {output.record:q}"
        " {params.settings} {params.acknowledge} {params.direction}"
