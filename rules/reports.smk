# Across stacks, when asked for: is the archive whole, can its masters be made again, what is in it.
# `verify`, `audit`, `policy` and `gallery` have no output that could stand for them: each call looks again;
# `verify` goes on where an interrupted one stopped.


localrules:
    verify,
    audit,
    gallery,
    media,
    policy,


rule verify:
    input:
        receipts,
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
        f"{step('verify.py')} --archive {{params.root:q}} --report results/verify.csv"
        " --receipts {params.specimens:q} --threads {threads}"
        f" {tell('verify', who='archive')}"


rule audit:
    input:
        receipts,
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
        f"{step('audit.py')} --archive {{params.root:q}} --report results/audit.csv"
        " --threads {threads}"
        f" {tell('audit', who='archive')}"


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
        f" {tell('gallery', who='all')}"


rule media:
    input:
        receipts,
    output:
        table="results/media.csv",
        dwca="results/dwca.zip",
    log:
        "logs/media.log",
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=config["paths"]["archive"],
        settings=flags(config["media"]),
        code=code("media.py"),
    shell:
        f"{step('media.py')} --archive {{params.root:q}} --table {{output.table:q}}"
        " --dwca {output.dwca:q} {params.settings}"
        f" {tell('media', who='archive')}"


rule policy:
    input:
        receipts,
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
        f"{step('policy.py')} --archive {{params.root:q}} --report results/policy.csv"
        " {params.settings}"
        f" {tell('policy', who='archive')}"
