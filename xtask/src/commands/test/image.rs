//! The image, without Docker: its files as the Dockerfile lays them out, its last stage built by buildah, and the
//! result run by podman as in production: read-only, without capabilities, on one processor and 512 MB.
//!
//! The stage that compiles is replaced by this run's program and site, because it takes many minutes and needs images
//! from a registry.

mod podman;
mod root;

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use self::podman::Podman;
use self::root::{OF_THE_VERSION_BEFORE, Program, Root};
use crate::os::{http, interrupt, ports, process, progress::note};
use crate::site;
use crate::stores::{Durability, Stores};
use crate::tools::python::Environment;
use crate::workspace;

/// What the image may weigh with a release build of the program, in bytes.
const IMAGE_MAX: u64 = 40_000_000;
/// What may be in it besides the program.
const REST_MAX: u64 = 6_000_000;
/// The user of the image. Everything else about the process follows from how it is run.
const PROCESS: [&str; 4] = [
    "Uid:\t10001\t10001\t10001\t10001",
    "Gid:\t10001\t10001\t10001\t10001",
    "CapEff:\t0000000000000000",
    "NoNewPrivs:\t1",
];
const KEYS: &str = "--volume=keys:/var/lib/genkan";
const KEY_FILE: &str = "/var/lib/genkan/secret-keys";

pub(crate) fn check() -> Result<()> {
    lint()?;
    let Some(podman) = Podman::find_or_install()? else {
        note(
            "skipped: it needs buildah, podman and runc, and root on Debian to install and use them",
        );
        return Ok(());
    };
    site::build_browser_half()?;
    site::build_server()?;
    let program = Program::find()?;
    let root = Root::lay_out(&program)?;
    podman.build(&root.context)?;
    check_size(&podman, &program)?;
    if !podman.can_run() {
        root.try_program()?;
        note("built, and not run: podman cannot start a container here");
        return Ok(());
    }

    let stores = Stores::start(Durability::Throwaway)?;
    let database = format!("--env=DATABASE_URL={}", stores.database_url("image"));
    let redis = format!("--env=REDIS_URL={}", stores.redis_url());
    // Twice, as by `docker compose up`: the second keeps the key.
    for _ in 0..2 {
        podman.run(&[KEYS], &["keys", "ensure", KEY_FILE])?;
    }
    podman.run(&[&database], &["migrate"])?;
    let port = ports::any_free()?;
    let settings = [
        &database,
        &redis,
        &format!("--env=PORT={port}"),
        &format!("--env=SECRET_KEYS_FILE={KEY_FILE}"),
        "--env=LISTEN=127.0.0.1",
        "--env=DEV_MAILBOX=on",
        KEYS,
    ];
    let mut container = podman.create(&settings)?;
    let first_answer = container.start(port)?;
    note(&format!("{first_answer:>9.0?}  from exec to the first answer, by the {program}"));
    check_site(&mut container, port)?;
    for name in ["VmRSS", "VmHWM"] {
        let kilobytes = container.of_process(name)?;
        note(&format!("{kilobytes:>9}  {name}, after a few pages"));
    }
    let exit_code = container.stop()?;
    ensure!(exit_code == "0", "after SIGTERM it ended with {exit_code}");
    Ok(())
}

/// Checks the Dockerfile against the usual mistakes, and compose.yaml against its schema.
fn lint() -> Result<()> {
    let requirements = workspace::root().join("xtask/src/commands/test/image/requirements.txt");
    let Some(environment) = Environment::ensure("image", &requirements)? else {
        note(
            "not linted: install Python 3.10 or newer, with venv, to lint Dockerfile and compose.yaml",
        );
        return Ok(());
    };
    let mut hadolint = Command::new(environment.program("hadolint"));
    process::run("hadolint", hadolint.arg("Dockerfile").current_dir(workspace::root()))?;
    let mut schema = Command::new(environment.program("check-jsonschema"));
    schema.args(["--builtin-schema=vendor.compose-spec", "compose.yaml"]);
    process::run("check-jsonschema", schema.current_dir(workspace::root()))
}

fn check_size(podman: &Podman, program: &Program) -> Result<()> {
    let whole: u64 = podman.size()?;
    let own = fs::metadata(&program.file)?.len();
    note(&format!("{whole:>9}  bytes, of which {own} are the {program}"));
    ensure!(whole - own <= REST_MAX, "besides the program there may be {REST_MAX} bytes");
    ensure!(
        !program.is_release() || whole <= IMAGE_MAX,
        "it may have {IMAGE_MAX} bytes with a release build"
    );
    Ok(())
}

fn check_site(container: &mut podman::Container<'_>, port: u16) -> Result<()> {
    while container.exec(&["genkan", "health"]).is_none() {
        if container.has_ended()? {
            bail!("it ended; its log is in {}", podman::log().display());
        }
        interrupt::pause(Duration::from_millis(100))?;
    }
    for shell in ["sh", "/bin/sh", "bash", "busybox"] {
        ensure!(container.exec(&[shell, "-c", "true"]).is_none(), "it has a shell: {shell}");
    }
    let process = container.process()?;
    for line in PROCESS {
        ensure!(process.lines().any(|it| it == line), "the process has no `{line}`");
    }
    let home = http::get(port, "/").context("no page")?;
    ensure!(home.starts_with("HTTP/1.1 200 "), "the page is not shown: {home}");
    let (_, style) = home.split_once(r#"rel="stylesheet" href=""#).context("no style sheet")?;
    let (style, _) = style.split_once('"').context("no style sheet")?;
    for (path, status) in [
        (style, "200"),
        (&*format!("/pkg/{}", OF_THE_VERSION_BEFORE.0), "200"),
        (&*format!("/pkg/{}", OF_THE_VERSION_BEFORE.1), "404"),
    ] {
        let answer = http::get(port, path).context("no answer")?;
        ensure!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use anyhow::{Context, Result, ensure};

    use crate::workspace;

    #[test]
    fn every_base_image_is_named_by_version_and_digest() -> Result<()> {
        let dockerfile = fs::read_to_string(workspace::root().join("Dockerfile"))?;
        let bases: Vec<_> = dockerfile
            .lines()
            .filter_map(|line| line.strip_prefix("FROM ")?.split(' ').next())
            .filter(|base| *base != "scratch")
            .collect();
        for base in &bases {
            let (tag, digest) = base.split_once("@sha256:").context("it has no digest")?;
            ensure!(tag.contains(':') && digest.len() == 64, "{base}");
        }
        ensure!(bases.len() == 2, "{bases:?}");
        Ok(())
    }
}
