# The pages on which stacks are looked at: results/index.html shows every stack of sheet and archive, and
# is written at the end of every run (rules/terminal.smk); here each stack gets its own page, with its
# pictures, while its converted frames are still there. A page is no step: nothing waits for it, and
# its log stands beside those that are archived.


rule review:
    """Make the page on which a stack is looked at, with its pictures."""
    input:
        # Of a stack that is done, nothing is made again for its page.
        receipt=receipt_in_work,
        tiff=frames_to_show,
        methods=methods_to_show,
    output:
        data=PAGE,
        overlays=report(
            directory(f"{RESULTS}/review/{{specimen}}/{{view}}/overlays"),
            patterns=["{overlay}.png"],
            caption="captions/overlay.rst",
            category="{specimen}",
            labels={"view": "{view}", "shows": "{overlay}"},
        ),
    log:
        f"{LOGS}/.review/{{specimen}}/{{view}}.log",
    benchmark:
        f"{BENCHMARK}/review.tsv"
    group:
        submission
    conda:
        ENVIRONMENT
    threads: threads_for("review")
    resources:
        mem_mb=memory_of_page,
        runtime=time_for("review"),
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        stack=STACK,
        root=Path(ARCHIVE),
        logs=Path(LOGS),
        results=Path(RESULTS),
        settings=settings("review"),
        code=code_here("review.py"),
    message:
        "{wildcards.specimen} {wildcards.view}: drawing its page"
    shell:
        f"{keeping_freed_memory(relay('review'))} {step('review.py')}"
        f" stack --stack {{params.stack:q}} --archive {{params.root:q}}"
        " --logs {params.logs:q} --results {params.results:q} --out {output.data:q}"
        " {params.settings} --threads {threads}"


rule pages:
    """Make the pages of all stacks again that have a master here."""
    input:
        lambda wildcards: [
            page(stack)
            for stack in STACKS
            if Path(stack_file(stack, f"{master_name(*stack)}.json")).exists()
        ],
    localrule: True
