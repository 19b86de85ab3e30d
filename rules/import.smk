# Steps 1 and 2 for frames shot elsewhere: the sheet's `source` folder → raw/, verified by hash.


rule import_raws:
    output:
        record=f"{STACK}/import.json",
    log:
        f"{LOG}/import_raws.log",
    benchmark:
        f"{BENCHMARK}/import_raws.tsv"
    group:
        GROUP
    conda:
        ENVIRONMENT
    resources:
        mem_mb=200,
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        source=lambda wildcards: source_folder(wildcards),
        raw=f"{STACK}/raw",
        raws=raws,
        code=code("import_raws.py"),
    shell:
        f"{step('import_raws.py')} --source {{params.source:q}} --raw {{params.raw:q}}"
        f" --out {{output.record:q}} {tell('import')}"
