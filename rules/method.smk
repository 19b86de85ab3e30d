# Beside step 4b: the stack fused by another method than its own, for comparing and for retouching.
# Made where `compare.methods` or a stroke asks for it. Slabs are for the stack's own method: a method
# that is compared sees every frame.

METHODS = section("compare")["methods"]["items"]["enum"]


rule method:
    """Beside step 4b: fuse a stack by another method, for comparing and retouching."""
    input:
        transforms=f"{STACK}/stack/transforms.json",
        ledger=f"{STACK}/frames.csv",
        convert=f"{STACK}/stack/convert.json",
        tiff=frames_kept,
    output:
        fused=f"{STACK}/{layout.METHODS}{{method}}.tif",
        record=f"{STACK}/{layout.METHODS}{{method}}.json",
    log:
        f"{LOG}/method_{{method}}.log",
    benchmark:
        f"{BENCHMARK}/method_{{method}}.tsv"
    wildcard_constraints:
        method="|".join(METHODS),
    group:
        submission
    conda:
        ENVIRONMENT
    threads: threads_for("method")
    resources:
        mem_mb=memory_for("method"),
        runtime=time_for("method"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        settings=settings("fuse", leave_out=["method", "command", "slab_frames", "slab_overlap"]),
        direction=focusing,
        code=code("fuse.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: fusing the frames by method {wildcards.method}"
    shell:
        f"{relay('method {wildcards.method}')} {step('fuse.py')}"
        f" --transforms {{input.transforms:q}} --ledger {{input.ledger:q}}"
        " --fused {output.fused:q} --out {output.record:q} --method {wildcards.method}"
        " {params.settings} --slab-frames 0 {params.direction} --threads {threads}"
