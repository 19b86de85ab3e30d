# Step 6: master and depth map → derivatives/, a surface in µm, where the configuration names a
# derivative of format glb or ply.


rule mesh:
    """Step 6: make a surface in µm from the master and its depth map."""
    input:
        record=f"{STACK}/{MASTER}.json",
        ledger=f"{STACK}/frames.csv",
    output:
        mesh=f"{STACK}/derivatives/{{specimen}}_{{view}}_{{name}}.{{ending}}",
    log:
        f"{LOG}/mesh_{{name}}.{{ending}}.log",
    benchmark:
        f"{BENCHMARK}/mesh_{{name}}.{{ending}}.tsv"
    wildcard_constraints:
        ending="glb|ply",
    group:
        submission
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_for("mesh"),
        runtime=time_for("mesh"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        master=f"{STACK}/{MASTER}.tif",
        settings=derivative_settings,
        code=code("mesh.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: making the surface {wildcards.name}"
    shell:
        f"{relay('mesh {wildcards.name}')} {step('mesh.py')}"
        f" --master {{params.master:q}} --record {{input.record:q}} --ledger {{input.ledger:q}}"
        " --out {output.mesh:q} {params.settings}"
