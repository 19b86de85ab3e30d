# Step 7: raws, master, derivatives and records → one versioned OCFL object per stack in archive/.


rule archive:
    """Step 7: put raws, master, derivatives and records into the archive, as a version."""
    input:
        ledger=f"{STACK}/frames.csv",
        record=f"{STACK}/{MASTER}.json",
        derivatives=derivatives,
        qc=lambda wildcards: qc_record(stack_of(wildcards)),
        # Until here a person may want to look at them; none is read.
        frames=frames_to_show,
        labels=label_records,
    output:
        receipt=f"{STACK}/archive.json",
    log:
        f"{LOG}/archive.log",
    benchmark:
        f"{BENCHMARK}/archive.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    threads: threads_for("archive")
    resources:
        mem_mb=memory_for("archive"),
        runtime=time_for("archive"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        stack=lambda wildcards, output: str(Path(output.receipt).parent),
        sheet=SHEET,
        configs=lambda wildcards, output: list(map(str, workflow.configfiles)),
        logs=LOG,
        settings=effective_settings,
        options=lambda wildcards: flags(row(wildcards).config["archive"]),
        root=ARCHIVE,
        steps_code=codes,
        known=lambda wildcards: NotCompared(shared(wildcards)),
        code=code("archive.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: archiving raws, master, derivatives and records in {params.root}"
    shell:
        f"{keeping_freed_memory(relay('archive'))} {step('archive.py')}"
        f" --stack {{params.stack:q}} --specimen {{wildcards.specimen:q}}"
        " --view {wildcards.view:q} --record {input.record:q} --archive {params.root:q}"
        " --sheet {params.sheet:q} --settings {params.settings:q} --also {input.derivatives:q}"
        " --labels {input.labels:q} --out {output.receipt:q} --threads {threads} {params.options}"
        " {params.known}"
        " --config {params.configs:q}"
        " --logs {params.logs:q} --code {params.steps_code:q}"
