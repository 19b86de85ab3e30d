# What a dry run leaves out: what Snakemake works out for each job and nobody is shown. Of ten thousand
# stacks, their commands, resources and groups are a million words; told is a line for each stack
# (rules/terminal.smk), which needs a job's step and reason. A run itself works them out as ever.

import inspect

from snakemake import common as snakemake_common, jobs as snakemake_jobs, rules as snakemake_rules


def told_by_step(log_info):
    """Snakemake's telling of a job; in a dry run, of its step and reason alone."""

    def tell(job, indent=False, printshellcmd=True):
        if not workflow.dryrun or workflow.output_settings.printshellcmds:
            return log_info(job, indent=indent, printshellcmd=printshellcmd)
        number = workflow.dag.jobid(job)
        facts = {
            "event": LogEvent.JOB_INFO,
            "jobid": number,
            "rule_name": job.rule.name,
            "wildcards": job.wildcards_dict,
            "reason": str(workflow.dag.reason(job)),
            "indent": indent,
            "shellcmd": job.rule.shellcmd,
        }
        logger.info(f"Rule: {job.rule.name}, Jobid: {number}", extra=facts)

    return tell


def without_params(conda_env_spec):
    """The environment of a job, for which a dry run need not work out what the job is handed."""

    def known(job):
        if not workflow.dryrun or callable(job.rule._conda_env):
            return conda_env_spec.fget(job)
        return job.rule.expand_conda_env(job.wildcards_dict)

    return property(known)


def ungrouped(group):
    """The group of a rule's jobs, which a dry run does not show."""
    return property(lambda rule: None if workflow.dryrun else group.fget(rule), group.fset)


def except_dry(method):
    """A method of Snakemake's scheduler that does nothing in a dry run, where nothing is taken."""

    def called(scheduler, *args):
        return None if workflow.dryrun else method(scheduler, *args)

    return called


def told_at_once(schedule):
    """Snakemake's going through the jobs one after the other; in a dry run they are but told."""

    def going_through(scheduler):
        if not workflow.dryrun or workflow.output_settings.printshellcmds:
            return schedule(scheduler)
        for job in workflow.dag.needrun_jobs():
            job.log_info()
        return True

    return going_through


def looked_at_once(get_function_params):
    """The names of a function's arguments; of one that is written in a rule, found once."""

    def known(func):
        params = get_function_params(func)
        if inspect.isfunction(func):
            # Where Snakemake looks first.
            setattr(func, snakemake_common.FUNC_OVERWRITE_PARAMS_ATTR, params)
        return params

    return known


# The names are Snakemake's. Of a module's rules, the terminal is the other workflow's.
if workflow.is_main_process and not AS_MODULE:
    of_job, of_rule = snakemake_jobs.Job, snakemake_rules.Rule
    of_job.log_info = told_by_step(of_job.log_info)
    of_job.conda_env_spec = without_params(of_job.conda_env_spec)
    of_rule.group = ungrouped(of_rule.group)
    JobScheduler._free_resources = except_dry(JobScheduler._free_resources)
    JobScheduler.schedule = told_at_once(JobScheduler.schedule)
    snakemake_rules.get_function_params = looked_at_once(snakemake_rules.get_function_params)
    snakemake_common.get_function_params = snakemake_rules.get_function_params
