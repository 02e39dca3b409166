//! Processors: which one a process runs on, and the time that it took of it.

use std::{
    ffi::OsStr,
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use nix::{
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

/// The processor of the instances.
pub const INSTANCES: u32 = 0;
/// The processor of the stores and of the load.
pub const STORES_AND_LOAD: u32 = 1;

/// A command whose process runs on these processors.
pub fn command_on(processors: &[u32], program: impl AsRef<OsStr>) -> Command {
    let list: Vec<_> = processors.iter().map(u32::to_string).collect();
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &list.join(",")]).arg(program);
    command
}

/// Binds all threads of a process, and those that it starts, to a processor.
pub fn pin(process: u32, processor: u32) -> Result<()> {
    let mut command = Command::new("taskset");
    command.args(["--all-tasks", "--cpu-list", "--pid", &processor.to_string()]);
    command.arg(process.to_string()).stdout(Stdio::null());
    let status = command.status().context("cannot start taskset, which is part of util-linux")?;
    ensure!(status.success(), "taskset failed ({status}): two processors are needed");
    Ok(())
}

/// The processor time of a process so far, with that of threads that have ended.
pub fn time_of(process: u32) -> Result<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(process.try_into()?))?;
    Ok(clock_gettime(clock)?.into())
}

/// The same with that of its children that still run. One that ends meanwhile is a background task: connections are kept.
pub fn time_with_children(process: u32) -> Result<Duration> {
    Ok(with_children(process)?.into_iter().flat_map(time_of).sum())
}

/// The process and its children, as Postgres has one for each connection.
pub fn with_children(process: u32) -> Result<Vec<u32>> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    let children = children.split_whitespace().map(str::parse);
    Ok(children.chain([Ok(process)]).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use std::process::{Child, id};

    use super::*;

    #[test]
    fn work_takes_processor_time() -> Result<()> {
        let before = time_of(id())?;
        while time_of(id())? < before + Duration::from_millis(5) {}
        Ok(())
    }

    #[test]
    fn children_are_found_while_they_run() -> Result<()> {
        // Children are listed by the thread that started them, and tests run on threads of their own.
        let shell = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn()?;
        while with_children(shell.id())?.len() < 2 {}
        end(shell)
    }

    #[test]
    fn the_work_of_children_counts_with_that_of_their_parent() -> Result<()> {
        let shell = Command::new("sh").args(["-c", "while :; do :; done & wait"]).spawn()?;
        let by_itself = || time_of(shell.id());
        while time_with_children(shell.id())? < by_itself()? + Duration::from_millis(5) {}
        end(shell)
    }

    fn end(mut shell: Child) -> Result<()> {
        for process in with_children(shell.id())? {
            Command::new("kill").arg(process.to_string()).status()?;
        }
        shell.wait()?;
        Ok(())
    }
}
