# Across stacks, when asked for. Each rule only calls a command that reads what is there, the archive
# or the working folders, and asks for no stack to be made first: the commands in scripts/ do the
# same without a sheet, and while a run is on. None has an output: each call looks again.


localrules:
    verify,
    audit,
    gallery,
    media,
    policy,


rule verify:
    log:
        "logs/verify.log",
    conda:
        ENVIRONMENT
    threads: 2
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=config["paths"]["archive"],
        specimens=SPECIMENS,
    shell:
        f"{step('verify.py')} --archive {{params.root:q}} --receipts {{params.specimens:q}}"
        " --threads {threads}"
        f" {relay('verify', who='archive')}"


rule audit:
    log:
        "logs/audit.log",
    conda:
        ENVIRONMENT
    threads: 4
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=config["paths"]["archive"],
    shell:
        f"{step('audit.py')} --archive {{params.root:q}} --threads {{threads}}"
        f" {relay('audit', who='archive')}"


rule gallery:
    log:
        "logs/gallery.log",
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        specimens=SPECIMENS,
    shell:
        f"{step('gallery.py')} --specimens {{params.specimens:q}} --logs logs"
        " --out results/gallery.html"
        f" {relay('gallery', who='all')}"


rule media:
    log:
        "logs/media.log",
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=config["paths"]["archive"],
        settings=flags(config["media"]),
    shell:
        f"{step('media.py')} --archive {{params.root:q}} {{params.settings}}"
        f" {relay('media', who='archive')}"


rule policy:
    log:
        "logs/policy.log",
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=config["paths"]["archive"],
        settings=flags(config["policy"]),
    message:
        "check the archived masters against the rules of institutions"
    shell:
        f"{step('policy.py')} --archive {{params.root:q}} {{params.settings}}"
        f" {relay('policy', who='archive')}"
