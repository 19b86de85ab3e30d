# Step 2: raw/ → frames.csv, every file accounted for, frames that disagree refused.


rule ledger:
    input:
        imported=imported,
    output:
        ledger=f"{STACK}/frames.csv",
    log:
        f"{LOG}/ledger.log",
    benchmark:
        f"{BENCHMARK}/ledger.tsv"
    group:
        "stack"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=memory_mb(24),
    params:
        raw=f"{STACK}/raw",
        settings=settings("ledger"),
        step_um=step_um,
        raws=raws,
        code=code("ledger.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: account for every file in raw/"
    shell:
        f"{step('ledger.py')} --raw {{params.raw:q}} --out {{output.ledger:q}}"
        " {params.settings} {params.step_um} --threads {threads}"
        f" {tell('ledger')}"
