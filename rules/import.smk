# Steps 1 and 2 for frames shot elsewhere: the sheet's `source` folder → raw/, verified by hash.
# No change of program or source is a reason to import again what is recorded: no parameter of the
# rule is compared.


rule import_raws:
    """Step 1 and 2: take frames that were shot elsewhere into raw/, proven by their hashes."""
    input:
        only_archived,
    output:
        # Snakemake does not delete it before a rerun, nor lose it in a failing one.
        record=update(f"{STACK}/import.json"),
    log:
        f"{LOG}/import_raws.log",
    benchmark:
        f"{BENCHMARK}/import_raws.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_for("import_raws"),
        runtime=time_for("import_raws"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        source=lambda wildcards: cell_path(wildcards, "source") or Path(),
        raw=f"{STACK}/raw",
        archived_as=archived_as,
    message:
        "{wildcards.specimen} {wildcards.view}: taking in frames from {params.source}"
    shell:
        f"{relay('import')} {step('import_raws.py')}"
        f" --source {{params.source:q}} --raw {{params.raw:q}}"
        " --out {output.record:q} {params.archived_as}"
