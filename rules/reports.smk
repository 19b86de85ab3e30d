# Across stacks, when asked for. Each rule only calls a command that reads what is there, the archive
# or the working folders, and asks for no stack to be made first: the commands in scripts/ do the
# same without a sheet, and while a run is on. None has an output,
# nor a benchmark, which Snakemake counts as one: each call looks again.

from records.targets.sessions import DEVELOPING


rule verify:
    """Prove every file in the archive by its hash."""
    log:
        f"{LOGS}/verify.log",
    localrule: True
    conda:
        ENVIRONMENT
    threads: 2
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=ARCHIVE,
        specimens=SPECIMENS,
    message:
        "verifying every file in {params.root}"
    shell:
        f"{relay('verify', who='archive')} {step('verify.py')}"
        f" --archive {{params.root:q}} --receipts {{params.specimens:q}}"
        " --threads {threads}"
        f" --report {RESULTS}/verify.csv"


rule audit:
    """Make the archived masters again from their raws, and compare pixel by pixel."""
    log:
        f"{LOGS}/audit.log",
    localrule: True
    conda:
        ENVIRONMENT
    threads: 4
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=ARCHIVE,
    message:
        "making the masters in {params.root} again, to compare them"
    shell:
        f"{relay('audit', who='archive')} {step('audit.py')}"
        f" --archive {{params.root:q}} --threads {{threads}}"
        f" --report {RESULTS}/audit.csv"


rule media:
    """Make tables of the archived pictures for Darwin Core and Audiovisual Core."""
    log:
        f"{LOGS}/media.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=ARCHIVE,
        settings=flags(config["media"]),
    message:
        "listing the archived pictures in {params.root}"
    shell:
        f"{relay('media', who='archive')} {step('media.py')}"
        f" --archive {{params.root:q}} {{params.settings}}"
        f" --table {RESULTS}/media.csv --dwca {RESULTS}/dwca.zip"


rule iiif:
    """Publish the archived pictures by IIIF: manifests and tiles for a web server."""
    log:
        f"{LOGS}/iiif.log",
    localrule: True
    conda:
        ENVIRONMENT
    threads: 2
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=ARCHIVE,
        sheet=SHEET,
        settings=flags(config["iiif"]),
        shared=flags(
            {
                key: config["media"][key]
                for key in ("language", "rights", "address", "organisation", "dataset_title")
            }
        ),
    message:
        "publishing the archived pictures in {params.root}"
    shell:
        f"{relay('iiif', who='archive')} {step('iiif.py')}"
        f" --archive {{params.root:q}} --sheet {{params.sheet:q}} {{params.settings}} {{params.shared}}"
        f" --folder {RESULTS}/iiif"


rule policy:
    """Check the archived masters against the rules of institutions."""
    log:
        f"{LOGS}/policy.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        root=ARCHIVE,
        settings=flags(config["policy"]),
    message:
        "checking the masters in {params.root} against the rules of institutions"
    shell:
        f"{relay('policy', who='archive')} {step('policy.py')}"
        f" --archive {{params.root:q}} {{params.settings}}"
        f" --report {RESULTS}/policy.csv"


rule target:
    """Measure each session's shot of a colour target, and compare sessions."""
    log:
        f"{LOGS}/target.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        python=PYTHON,
        scripts=SCRIPTS,
        settings=flags(
            config["target"]
            | {key: config["convert"][key] for key in (*DEVELOPING, "white_frame")}
        ),
    message:
        "measuring the sessions' colour targets"
    shell:
        f"{relay('target', who='sessions')} {step('target.py')} {{params.settings}}"
        f" --out {RESULTS}/targets --table {RESULTS}/targets.csv"
