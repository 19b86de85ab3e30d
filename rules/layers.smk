# On demand: the stack as layers for Photoshop, asked for by name, e.g.
# snakemake specimens/USNM-ENT-01234567/dorsal/stack/layers.tif


rule layers:
    """On demand: a stack as a layered TIFF, to be finished in another program."""
    input:
        fused=ancient(f"{STACK}/stack/fused.tif"),
        source=ancient(f"{STACK}/stack/source.tif"),
        fuse=f"{STACK}/stack/fuse.json",
        transforms=f"{STACK}/stack/transforms.json",
        tiff=frames_kept,
    output:
        layers=f"{STACK}/{layout.LAYERS}",
    log:
        f"{LOG}/layers.log",
    group:
        submission
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_for("layers"),
        runtime=time_for("layers"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        code=code("layers.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: writing the stack as layers to {output.layers}"
    shell:
        f"{relay('layers')} {step('layers.py')}"
        f" --fused {{input.fused:q}} --source {{input.source:q}}"
        " --fuse {input.fuse:q} --transforms {input.transforms:q} --out {output.layers:q}"
