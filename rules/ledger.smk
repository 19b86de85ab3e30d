# Step 2: raw/ → frames.csv, every file accounted for, frames that disagree refused.


rule ledger:
    """Step 2: account for every raw of a stack, and refuse frames that do not belong together."""
    input:
        arrived=arrived,
        held=held,
    output:
        ledger=report(
            f"{STACK}/frames.csv",
            caption="captions/ledger.rst",
            category="{specimen}",
            labels={"view": "{view}", "shows": "frames"},
        ),
    log:
        f"{LOG}/ledger.log",
    benchmark:
        f"{BENCHMARK}/ledger.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    threads: threads_for("ledger")
    resources:
        mem_mb=memory_for("ledger"),
        runtime=time_for("ledger"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        raw=f"{STACK}/raw",
        settings=settings("ledger"),
        positions=positions,
        listed=positions_content,
        arrangement=arrangement,
        raws=raws,
        known=archived_before,
        barcodes=seek_barcodes,
        code=code("ledger.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: looking at every raw, whether it belongs to the stack"
    shell:
        f"{keeping_freed_memory(relay('ledger'))} {step('ledger.py')}"
        f" --raw {{params.raw:q}} --out {{output.ledger:q}}"
        " {params.settings} {params.positions} {params.arrangement}"
        " {params.known} {params.barcodes} --threads {threads}"
