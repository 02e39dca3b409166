//! The program `lab`: serves the small site with one of the approaches, and writes the report.

use std::{net::Ipv4Addr, process::ExitCode};

use anyhow::Context;
use axum::serve::ListenerExt;
use clap::{Parser, Subcommand};
use lab::{
    approaches::Approach,
    measure::{
        self, Measure,
        quick::{self, Quick},
    },
    report::{self, Report},
    site::Settings,
};
use mimalloc::MiMalloc;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// The allocator of the product's own program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Ways to keep a session, side by side.
#[derive(Parser)]
#[command(name = "lab", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the small site on PORT
    Serve {
        /// The way to keep sessions
        approach: Approach,
    },
    /// Measures the approaches; `cargo xtask lab` runs it
    Measure(Measure),
    /// Tests what must be so of them; `cargo xtask lab --quick` runs it
    Quick(Quick),
    /// Writes the report of the results
    Report(Report),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // A sentence for the operator, without a backtrace whatever `RUST_BACKTRACE` says.
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match Arguments::parse().command {
        Command::Serve { approach } => serve(approach),
        Command::Measure(arguments) => measure::run(arguments),
        Command::Quick(arguments) => quick::run(arguments),
        Command::Report(arguments) => report::run(&arguments),
    }
}

/// Serves until a signal ends the process, which needs no clearing up.
#[tokio::main]
async fn serve(approach: Approach) -> anyhow::Result<()> {
    let settings = Settings::read()?;
    approach.prepare(&settings).await?;
    let site = approach.site(&settings).await?;
    let address = (Ipv4Addr::LOCALHOST, settings.port);
    let listener = TcpListener::bind(address).await.context("PORT cannot be listened on")?;
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::warn!(error = &error as &dyn std::error::Error, "nodelay.failed");
        }
    });
    Ok(axum::serve(listener, site).await?)
}
