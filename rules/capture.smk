# Step 1: sheet row + rig → raw/ and capture.json. Local, one at a time on a rig; an interrupted
# capture goes on where it stopped. A change of code is no reason to shoot again.


localrules:
    capture_stack,


rule capture_stack:
    output:
        # Snakemake does not delete it before a rerun, nor lose it in a failing one.
        record=update(f"{STACK}/capture.json"),
    log:
        f"{LOG}/capture.log",
    benchmark:
        f"{BENCHMARK}/capture.tsv"
    conda:
        ENVIRONMENT
    resources:
        rig=1,
        mem_mb=500,
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        rig=rig_file,
        raw=f"{STACK}/raw",
        range_um=range_um,
    shell:
        "PYTHONPATH={params.scripts:q}/.. {params.python:q} -m hardware --rig {params.rig:q} capture"
        " --specimen {wildcards.specimen:q} --view {wildcards.view:q} --raw {params.raw:q}"
        " --out {output.record:q} {params.range_um}"
        f" {relay('capture')}"
