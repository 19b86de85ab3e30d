# What `snakemake --report report.zip` holds: of every archived stack whose files are in its folder the
# pictures that a page can show, its frames and what the checks found; and the tables across stacks.
# Rules mark the files; here they are asked for, by a report alone.

import re

# Nothing is run for one.
REPORTING = any(word.startswith("--report") for word in sys.argv)
ON_A_PAGE = tuple(kind.ending for kind in FILE_TYPES.values() if kind.ending != "tif")
TABLES = re.compile(rf"{re.escape(str(RESULTS))}/(\w+)\.csv")
TABLE_CAPTION = workflow.current_basedir.join("captions/table.rst")


report: "captions/report.rst"


def table(name):
    """A table across stacks, marked for a report."""
    return report(
        f"{RESULTS}/{name}.csv",
        caption=TABLE_CAPTION,
        category="Across stacks",
        labels={"view": "all", "shows": name},
    )


def report_files(wildcards):
    """What is to be in a report, of what is there."""
    if not REPORTING:
        return []
    files = []
    for stack, known in STACKS.items():
        if receipt(stack) is not None:
            files += [file for file in derivatives(known) if file.endswith(ON_A_PAGE)]
            # The crops beside the record are not archived, and may be gone.
            files += [qc_record(stack)] if Path(stack_file(stack, "stack/qc")).is_dir() else []
            files += [page(stack)] if Path(page(stack)).with_name("overlays").is_dir() else []
    # Tables that the reports on the archive write.
    commands = " ".join(rule.shellcmd or "" for rule in workflow.rules)
    files += [table(name) for name in sorted(set(TABLES.findall(commands)))]
    return [file for file in files if file and Path(file).is_file()]
