# No step, but what stands before all: a stack that is held (rules/held.smk) goes no further, with the
# reason, and the others go on. The reason is told when the run is planned; that a rule fails for it
# keeps every step of the stack from running without Snakemake removing what the steps have made.


rule hold:
    """Stop a stack whose raws or master are not what its records say."""
    output:
        # Never made.
        f"{STACK}/.held",
    log:
        f"{LOG}/hold.log",
    priority: 100
    localrule: True
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        reason=lambda wildcards: hold_reason(stack_of(wildcards)),
    message:
        "{wildcards.specimen} {wildcards.view}: stopped, since it is not what its records say"
    shell:
        f"{step('hold.py')} {{params.reason:q}} 2> {{log:q}}"
