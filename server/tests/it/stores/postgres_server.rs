//! A Postgres server that a test starts for itself, to stop and to kill it.

use std::{
    fs,
    io::Write,
    os::unix::{fs::chown, process::CommandExt},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User, geteuid},
};
use sqlx::{Connection, PgConnection};
use tokio::time::sleep;

use super::{database::TestDatabase, redis_server::free_port};

/// Runs the server until its standard input closes, at the latest when the tests' process ends; or until it reads a
/// line, and then the data stays.
const LEASH: &str = r#"
"$0/postgres" "$@" > log 2>&1 &
read -r line
kill -CONT $!
kill -QUIT $!
wait
test -n "$line" || rm -rf "$PWD"
"#;
/// Postgres refuses to run as root.
const UNPRIVILEGED: &str = "nobody";
const STARTS_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// A running server on loopback, which is stopped on drop.
pub(crate) struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    account: Option<User>,
    /// Holds the other end of the leash.
    process: Child,
}

impl PostgresServer {
    /// Starts the programs of the folder `POSTGRES_PROGRAMS`.
    pub(crate) async fn start() -> Self {
        let programs = std::env::var_os("POSTGRES_PROGRAMS").expect("`cargo xtask test` sets it");
        let programs = PathBuf::from(programs);
        let port = free_port();
        let is_root = geteuid().is_root();
        let account = is_root.then(|| User::from_name(UNPRIVILEGED).unwrap().unwrap());
        // Not in `target`, which that account may not reach.
        let folder = std::env::temp_dir().join(format!("genkan-postgres-{port}"));
        fs::create_dir(&folder).unwrap();
        if let Some(account) = &account {
            chown(&folder, Some(account.uid.as_raw()), Some(account.gid.as_raw())).unwrap();
        }
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--no-locale"]);
        initdb.args(["--username=genkan", "-D", "data"]).current_dir(&folder);
        as_account(&mut initdb, account.as_ref());
        assert!(initdb.stdout(Stdio::null()).status().unwrap().success());
        let process = run(&programs, &folder, port, account.as_ref());
        let server = Self { programs, folder, port, account, process };
        server.answers().await;
        server
    }

    /// A migrated database of its own.
    pub(crate) async fn database(&self) -> TestDatabase {
        let url = format!("postgres://genkan@127.0.0.1:{}/genkan", self.port);
        server::postgres::migrate(&url).await.unwrap();
        TestDatabase::at(&url)
    }

    /// Stops all of its processes where they are: connections stay open and nothing answers.
    pub(crate) async fn freeze(&self) -> Frozen {
        let mut connection = self.connect().await.unwrap();
        let mut processes: Vec<i32> =
            sqlx::query_scalar("select pid from pg_stat_activity where pid <> pg_backend_pid()")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        connection.close().await.unwrap();
        processes.insert(0, self.postmaster());
        let frozen = Frozen(processes);
        frozen.send(Signal::SIGSTOP);
        frozen
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(&mut self) {
        self.process.stdin.take().unwrap().write_all(b"the data stays\n").unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again, with its data.
    pub(crate) async fn restart(&mut self) {
        self.process = run(&self.programs, &self.folder, self.port, self.account.as_ref());
        self.answers().await;
    }

    fn postmaster(&self) -> i32 {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().parse().unwrap()
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect(&format!("postgres://genkan@127.0.0.1:{}/postgres", self.port)).await
    }

    async fn answers(&self) {
        let deadline = Instant::now() + STARTS_WITHIN;
        while self.connect().await.is_err() {
            assert!(Instant::now() < deadline, "Postgres does not start");
            sleep(POLL).await;
        }
    }
}

/// Stopped processes, which go on when it is dropped.
pub(crate) struct Frozen(Vec<i32>);

impl Frozen {
    fn send(&self, signal: Signal) {
        for process in &self.0 {
            // One of them may have ended meanwhile.
            let _ = kill(Pid::from_raw(*process), signal);
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.send(Signal::SIGCONT);
    }
}

fn run(programs: &PathBuf, folder: &PathBuf, port: u16, account: Option<&User>) -> Child {
    let mut leash = Command::new("sh");
    leash.args(["-c", LEASH]).arg(programs).args(["-D", "data", "-h", "127.0.0.1", "-p"]);
    leash.arg(port.to_string()).args(["-c", "unix_socket_directories=", "-c", "fsync=off"]);
    as_account(leash.current_dir(folder), account);
    leash.stdin(Stdio::piped()).spawn().unwrap()
}

fn as_account(command: &mut Command, account: Option<&User>) {
    if let Some(account) = account {
        command.uid(account.uid.as_raw()).gid(account.gid.as_raw());
    }
}
