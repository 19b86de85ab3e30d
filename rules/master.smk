# Step 5: stack/fused.tif, or stack/retouched.tif where a person painted →
# archival/<specimen>_<view>.tif, cropped, upright, never edited again.
# The record is the declared output. The master itself is not: Snakemake would delete it before a
# rerun, and with it the proof that someone had changed it.


rule master:
    """Step 5: crop the fused image to the archival TIFF and its record."""
    input:
        # Known by their hashes in fuse.json, not by their times.
        fused=ancient(f"{STACK}/stack/fused.tif"),
        depth=ancient(f"{STACK}/stack/depth.tif"),
        confidence=ancient(f"{STACK}/stack/confidence.tif"),
        source=ancient(f"{STACK}/stack/source.tif"),
        fuse=f"{STACK}/stack/fuse.json",
        transforms=f"{STACK}/stack/transforms.json",
        convert=f"{STACK}/stack/convert.json",
        ledger=f"{STACK}/frames.csv",
        # Only where a person painted, or brought an image back.
        retouch=retouch_record,
    output:
        record=f"{STACK}/{MASTER}.json",
    log:
        f"{LOG}/master.log",
    benchmark:
        f"{BENCHMARK}/master.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of_master,
        runtime=time_for("master"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        master=f"{STACK}/{MASTER}.tif",
        raw=f"{STACK}/raw",
        crop=crop,
        settings=settings("master", leave_out=["crop"]),
        pixel_size=pixel_size,
        ruler=ruler,
        direction=direction,
        metadata=lambda wildcards: NotCompared(metadata(wildcards)),
        embedded=embedded_metadata,
        retouched=retouched_image,
        code=code("master.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: cropping the fused image to the master"
    shell:
        f"{relay('master')} {step('master.py')}"
        f" --fused {{input.fused:q}} --fuse {{input.fuse:q}}"
        " --transforms {input.transforms:q} --convert {input.convert:q} --ledger {input.ledger:q}"
        " --depth {input.depth:q} --confidence {input.confidence:q} --source {input.source:q}"
        " {params.direction} --raw {params.raw:q} --specimen {wildcards.specimen:q} --view {wildcards.view:q}"
        " --master {params.master:q} --out {output.record:q}"
        " {params.crop} {params.settings} {params.pixel_size} {params.ruler} {params.metadata} {params.retouched}"
