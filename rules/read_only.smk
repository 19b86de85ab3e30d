# A master folder on a disk that nobody can write to is said before any work: Snakemake, which first
# removes what a job made before, would end in a traceback, and the other stacks with it.


def refuse_read_only():
    """End with a sentence where a stack's files are to be made and the disk is read-only."""
    jobs = workflow.dag.needrun_jobs()
    stacks = Path(SPECIMENS).absolute()
    if not any(Path(file).absolute().is_relative_to(stacks) for job in jobs for file in job.output):
        return
    folder = next(place for place in (stacks, *stacks.parents) if place.is_dir())
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        refuse(
            f"{SPECIMENS}: its disk is read-only, and nothing can be made there; mount it for "
            "writing, then the same again"
        )


onstart:
    refuse_read_only()
    warn_of_locks()
