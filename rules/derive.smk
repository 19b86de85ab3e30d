# Step 6: master → derivatives/, one file for each intended use named in config.


rule derive:
    """Step 6: make one derivative from the master."""
    input:
        record=f"{STACK}/{MASTER}.json",
    output:
        picture=report(
            f"{STACK}/derivatives/{{specimen}}_{{view}}_{{name}}.{{ending}}",
            caption="captions/derivative.rst",
            category="{specimen}",
            labels={"view": "{view}", "shows": "{name}"},
        ),
    log:
        f"{LOG}/derive_{{name}}.{{ending}}.log",
    benchmark:
        f"{BENCHMARK}/derive_{{name}}.{{ending}}.tsv"
    wildcard_constraints:
        ending="|".join(kind.ending for kind in FILE_TYPES.values()),
    group:
        submission
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_for("derive"),
        runtime=time_for("derive"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        master=f"{STACK}/{MASTER}.tif",
        settings=derivative_settings,
        code=code("derive.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: making the derivative {wildcards.name}"
    shell:
        f"{relay('derive {wildcards.name}')} {step('derive.py')}"
        f" --master {{params.master:q}} --record {{input.record:q}}"
        " --out {output.picture:q} {params.settings}"
