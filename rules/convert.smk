# Step 3: raws named in the ledger → tiff/, all with the same software and parameters. The frames are
# temporary (convert.keep): gone once the stack is archived and its page drawn. By its record alone the
# step was done; who needs frames later has them developed again (scripts/developed.py).


rule convert:
    """Step 3: convert all frames of a stack with the same software and parameters."""
    input:
        ledger=f"{STACK}/frames.csv",
    output:
        record=f"{STACK}/stack/convert.json",
        tiff=(
            directory(f"{STACK}/tiff")
            if config["convert"]["keep"]
            else temp(directory(f"{STACK}/tiff"))
        ),
    log:
        f"{LOG}/convert.log",
    benchmark:
        f"{BENCHMARK}/convert.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    threads: threads_for("convert")
    resources:
        mem_mb=memory_for("convert"),
        runtime=time_for("convert"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        raw=f"{STACK}/raw",
        settings=settings("convert"),
        white=white,
        white_content=lambda wildcards: white_content(stack_of(wildcards)),
        code=code("convert.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: converting the raws to {output.tiff}"
    shell:
        f"{keeping_freed_memory(relay('convert'))} {step('convert.py')}"
        " --raw {params.raw:q} --ledger {input.ledger:q}"
        " --tiff {output.tiff:q} --out {output.record:q} {params.settings} {params.white}"
        " --threads {threads}"
