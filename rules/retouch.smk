# Step 4c: what a person painted, applied again: stack/fused.tif + retouch/strokes.json →
# stack/retouched.tif. Asked for by the master alone, and only where there are strokes or an image
# that came back from another program.


rule retouch:
    """Step 4c: apply a person's strokes to the fused image."""
    input:
        strokes=lambda wildcards: brought_back(
            wildcards, layout.STROKES, layout.EXTERNAL, layout.EXTERNAL_RECORD
        ),
        # Known by their hashes in records, not by their times.
        fused=ancient(f"{STACK}/stack/fused.tif"),
        frames=painted_frames,
        methods=ancient(painted_methods),
        fuse=f"{STACK}/stack/fuse.json",
        transforms=f"{STACK}/stack/transforms.json",
        convert=f"{STACK}/stack/convert.json",
        ledger=f"{STACK}/frames.csv",
    output:
        retouched=f"{STACK}/{layout.RETOUCHED}",
        painted=f"{STACK}/{layout.PAINTED}",
        record=f"{STACK}/{layout.RETOUCH}",
    log:
        f"{LOG}/retouch.log",
    benchmark:
        f"{BENCHMARK}/retouch.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    threads: threads_for("retouch")
    resources:
        mem_mb=memory_for("retouch"),
        runtime=time_for("retouch"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        painted=retouching_inputs,
        earlier=earlier_versions,
        code=code("retouch.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: applying the strokes of {input.strokes}"
    shell:
        f"{relay('retouch')} {step('retouch.py')}"
        f" {{params.painted}} {{params.earlier}} --fused {{input.fused:q}}"
        " --fuse {input.fuse:q} --transforms {input.transforms:q} --convert {input.convert:q}"
        " --ledger {input.ledger:q} --retouched {output.retouched:q} --painted {output.painted:q}"
        " --out {output.record:q} --threads {threads}"
