# Step 6: master's depth map → derivatives/, heights in µm for programs of measurement, where the
# configuration names a derivative of format height or height-16.


rule height:
    """Step 6: make a height map in µm from the master's depth map."""
    input:
        record=f"{STACK}/{MASTER}.json",
    output:
        heights=f"{STACK}/derivatives/{{specimen}}_{{view}}_{{name}}.tiff",
    log:
        f"{LOG}/height_{{name}}.tiff.log",
    benchmark:
        f"{BENCHMARK}/height_{{name}}.tiff.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_for("height"),
        runtime=time_for("height"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        master=f"{STACK}/{MASTER}.tif",
        settings=derivative_settings,
        code=code("height.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: making the height map {wildcards.name}"
    shell:
        f"{relay('height {wildcards.name}')} {step('height.py')}"
        f" --master {{params.master:q}} --record {{input.record:q}}"
        " --out {output.heights:q} {params.settings}"
