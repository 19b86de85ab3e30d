# Step 1: sheet row + rig → raw/ and capture.json. Local, one at a time on a rig; an interrupted
# capture goes on where it stopped. A change of code is no reason to shoot again.


rule capture_stack:
    """Step 1: capture one stack with the rig that its row names; an interrupted one goes on."""
    input:
        only_archived,
    output:
        # Snakemake does not delete it before a rerun, nor lose it in a failing one.
        record=update(f"{STACK}/capture.json"),
    log:
        f"{LOG}/capture.log",
    benchmark:
        f"{BENCHMARK}/capture.tsv"
    # Whether to shoot again, a person decides.
    retries: 0
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        rig=1,
        mem_mb=1000,
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        rig=lambda wildcards: cell_path(wildcards, "rig"),
        raw=f"{STACK}/raw",
        range_um=cells("start_um", "end_um", "step_um"),
    message:
        "{wildcards.specimen} {wildcards.view}: capturing with {params.rig}"
    shell:
        # Who stands at the rig sees how far it is, frame by frame.
        f"{BY_STACK}= PYTHONPATH={{params.scripts:q}}/.. {relay('capture')}"
        " {params.python:q} -m hardware --rig {params.rig:q} capture"
        " --specimen {wildcards.specimen:q} --view {wildcards.view:q} --raw {params.raw:q}"
        " --out {output.record:q} {params.range_um}"
