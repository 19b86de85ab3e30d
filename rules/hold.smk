# No step, but what stands before all: a stack whose raws or master are not what its records say,
# or whose frames are another stack's, is held with the reason, and the others go on. The reason is
# told when the run is planned; that a rule fails for it keeps every step of the stack from running
# without Snakemake removing what the steps have made.


localrules:
    hold,


rule hold:
    output:
        # Never made.
        f"{STACK}/.held",
    log:
        f"{LOG}/hold.log",
    priority: 100
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        reason=lambda wildcards: hold_reason((wildcards.specimen, wildcards.view)),
    shell:
        f"{step('hold.py')} {{params.reason:q}} 2> {{log:q}}"
