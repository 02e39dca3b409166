//! The project's own commands: `cargo xtask dev`, `test`, `doctor` and `sqlx-prepare`.
//!
//! Owns everything around the site that is not the site: tools, private stores, `.env`, checks. It must never
//! touch a database that it did not start (but for `dev`, when told to by `DATABASE_URL`), and nothing that it
//! starts may outlive it.

mod account;
mod browser;
mod budget;
mod checks;
mod chromium;
mod cli;
mod dev;
mod dev_settings;
mod doctor;
mod env_file;
mod genkan;
mod http;
mod interrupt;
mod logs;
mod packages;
mod ports;
mod postgres;
mod process;
mod programs;
mod progress;
mod redis;
mod resp;
mod site;
mod sqlx;
mod store_home;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use cli::Request;

fn main() -> ExitCode {
    let request = match cli::parse(std::env::args().skip(1)) {
        Ok(request) => request,
        Err(error) => {
            eprintln!("{error}\n\n{}", cli::USAGE);
            return ExitCode::from(2);
        }
    };

    let outcome = interrupt::listen().and_then(|()| match request {
        Request::Help => {
            println!("{}", cli::USAGE);
            Ok(())
        }
        Request::Dev => dev::run(),
        Request::Doctor => doctor::run(),
        Request::Test(plan) => test::run(&plan),
        Request::SqlxPrepare => sqlx::rewrite(),
    });

    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<interrupt::Interrupted>() => {
            eprintln!("\nstopped.");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
