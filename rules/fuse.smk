# Step 4b: tiff/ + stack/transforms.json → stack/fused.tif with its depth, confidence and source maps.
# Frames are known by the hashes in convert.json, not by the time of their files.


rule fuse:
    """Step 4b: fuse the frames of a stack to the all-in-focus image, with its depth map."""
    input:
        transforms=f"{STACK}/stack/transforms.json",
        ledger=f"{STACK}/frames.csv",
        convert=f"{STACK}/stack/convert.json",
        tiff=frames_kept,
    output:
        fused=f"{STACK}/stack/fused.tif",
        depth=f"{STACK}/stack/depth.tif",
        confidence=f"{STACK}/stack/confidence.tif",
        source=f"{STACK}/stack/source.tif",
        energy=f"{STACK}/stack/energy.tif",
        light=f"{STACK}/stack/light.tif",
        record=f"{STACK}/stack/fuse.json",
    log:
        f"{LOG}/fuse.log",
    benchmark:
        f"{BENCHMARK}/fuse.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    threads: threads_for("fuse")
    resources:
        mem_mb=memory_for("fuse"),
        runtime=time_for("fuse"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        settings=settings("fuse"),
        direction=focusing,
        code=code("fuse.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: fusing the frames to {output.fused}"
    shell:
        f"{keeping_freed_memory(relay('fuse'), KEEP_FREED_STRIPS)} {step('fuse.py')}"
        f" --transforms {{input.transforms:q}} --ledger {{input.ledger:q}}"
        " --fused {output.fused:q} --depth {output.depth:q} --confidence {output.confidence:q}"
        " --source {output.source:q} --energy {output.energy:q} --light {output.light:q}"
        " --out {output.record:q} {params.settings} {params.direction} --threads {threads}"
