# Step 4a: tiff/ → stack/transforms.json: how each frame lies to the reference; numbers only.
# Frames are known by the hashes in convert.json, not by the time of their files.


rule align:
    """Step 4a: measure how each frame lies to the reference frame; no pixel is changed."""
    input:
        convert=f"{STACK}/stack/convert.json",
        tiff=ancient(f"{STACK}/tiff"),
    output:
        transforms=f"{STACK}/stack/transforms.json",
    log:
        f"{LOG}/align.log",
    benchmark:
        f"{BENCHMARK}/align.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    threads: threads_for("align")
    resources:
        mem_mb=memory_for("align"),
        runtime=time_for("align"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        settings=settings("align"),
        code=code("align.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: measuring how the frames lie to each other"
    shell:
        f"{keeping_freed_memory(relay('align'), KEEP_FREED_STRIPS)} {step('align.py')}"
        f" --convert {{input.convert:q}} --out {{output.transforms:q}}"
        " {params.settings} --threads {threads}"
