# An archived stack that the sheet describes otherwise since → a version of its object that stores no
# pixel again, be the stack reduced or not. What is to be described is found by the receipts; the
# output only says that it was done, and is gone at the end.


rule describe:
    """Archive corrected words of the sheet on a stack, without storing a pixel again."""
    input:
        receipt_in_work,
    output:
        done=temp(DESCRIBED),
    log:
        f"{LOG}/describe_{{digest}}.log",
    wildcard_constraints:
        digest="[0-9a-f]{16}",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        stack=STACK,
        root=ARCHIVE,
        metadata=metadata,
        who=lambda wildcards: flags(row(wildcards).config["archive"], leave_out=["barcodes"]),
    message:
        "{wildcards.specimen} {wildcards.view}: archiving the words that the sheet has since"
    shell:
        f"{relay('describe')} {step('describe.py')}"
        f" --archive {{params.root:q}} --specimen {{wildcards.specimen:q}}"
        " --view {wildcards.view:q} --stack {params.stack:q} --out {output.done:q} {params.who}"
        " {params.metadata}"
