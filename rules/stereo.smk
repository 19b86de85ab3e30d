# Step 6: frames + stack/transforms.json → derivatives/, a stereo pair, an anaglyph or a rocking picture, or
# one in central perspective or by parallel rays, where the configuration names a derivative of such a
# format. All views are fused anew.


rule stereo:
    """Step 6: fuse a stack anew, as it looks from aside or in one perspective."""
    input:
        record=f"{STACK}/{MASTER}.json",
        transforms=f"{STACK}/stack/transforms.json",
        ledger=f"{STACK}/frames.csv",
        fuse=f"{STACK}/stack/fuse.json",
        tiff=frames_kept,
    output:
        picture=f"{STACK}/derivatives/{{specimen}}_{{view}}_{{name}}.{{ending}}",
    log:
        f"{LOG}/stereo_{{name}}.{{ending}}.log",
    benchmark:
        f"{BENCHMARK}/stereo_{{name}}.{{ending}}.tsv"
    wildcard_constraints:
        ending="|".join(sorted(layout.endings_of("stereo"))),
    group:
        submission
    conda:
        ENVIRONMENT
    threads: threads_for("stereo")
    resources:
        mem_mb=memory_for("stereo"),
        runtime=time_for("stereo"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        master=f"{STACK}/{MASTER}.tif",
        settings=derivative_settings,
        code=code("stereo.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: fusing it anew for {wildcards.name}"
    shell:
        f"{relay('stereo {wildcards.name}')} {step('stereo.py')}"
        f" --master {{params.master:q}} --record {{input.record:q}}"
        " --transforms {input.transforms:q} --ledger {input.ledger:q} --fuse {input.fuse:q}"
        " --out {output.picture:q} {params.settings} --threads {threads}"
