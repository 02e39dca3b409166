//! The address of the site, and who may listen between the site and its stores. Settings that send secrets in the clear
//! or show them are refused, unless one of the two says that no stranger can see them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::Url;

use super::environment::{ConfigError, Environment, Switch, bad};

/// The address that browsers know the site by: an origin and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    fn read(env: &Environment<'_>) -> Result<Self, ConfigError> {
        match env.text("PUBLIC_URL") {
            Some(raw) => Self::parse(&raw),
            None => Self::parse(&format!("http://localhost:{}", port(env)?)),
        }
    }

    fn parse(raw: &str) -> Result<Self, ConfigError> {
        const FORM: &str = "must be an address such as https://example.com, without a path";
        let url = Url::parse(raw).map_err(|_| bad("PUBLIC_URL", FORM))?;
        let is_origin = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_origin {
            return Err(bad("PUBLIC_URL", FORM));
        }
        Ok(Self(url))
    }

    /// The origin (RFC 6454), without a trailing slash; what an `Origin` header has to equal.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The host, as it stands in a mail address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Returns whether browsers keep `Secure` cookies of this address: with https, or on the same machine. Elsewhere
    /// nobody can log in over plain HTTP.
    #[must_use]
    pub fn keeps_secure_cookies(&self) -> bool {
        self.0.scheme() == "https" || self.is_this_machine()
    }

    /// Returns whether only browsers on the same machine can open it.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        is_this_machine(self.host())
    }
}

/// Trust in the network between the site and its stores, and in those who can open the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    /// `PUBLIC_URL` is this machine: development.
    ThisMachine,
    /// `PRIVATE_NETWORK=on`: only trusted people have access.
    Private,
    /// Anybody may have access.
    Public,
}

pub(super) fn read(env: &Environment<'_>) -> Result<(PublicUrl, Network), ConfigError> {
    let public_url = PublicUrl::read(env)?;
    let network = match env.switch("PRIVATE_NETWORK", Switch::Off)? {
        Switch::On => Network::Private,
        Switch::Off if serves_this_machine(env, &public_url) => Network::ThisMachine,
        Switch::Off => Network::Public,
    };
    Ok((public_url, network))
}

pub(super) fn port(env: &Environment<'_>) -> Result<u16, ConfigError> {
    env.number("PORT", 3000, 1, u16::MAX)
}

/// The addresses in `LISTEN`. Without it: loopback if the site is for this machine alone, otherwise all.
pub(super) fn listen(
    env: &Environment<'_>,
    public_url: &PublicUrl,
) -> Result<Vec<IpAddr>, ConfigError> {
    let Some(raw) = env.text("LISTEN") else {
        return Ok(if serves_this_machine(env, public_url) {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        } else {
            vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()]
        });
    };
    let addresses = raw.split(',').map(|address| without_brackets(address.trim()).parse());
    addresses.collect::<Result<_, _>>().map_err(|_| {
        bad(
            "LISTEN",
            "must be IP addresses separated by commas, such as 0.0.0.0,[::]; PORT sets the port",
        )
    })
}

/// The addresses at which a process on this machine reaches the instance with these settings, by `PORT`, `LISTEN` and
/// `PUBLIC_URL` alone.
///
/// # Errors
/// A bad value.
pub fn own_addresses(
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Vec<SocketAddr>, ConfigError> {
    let env = Environment::new(&lookup);
    let (port, addresses) = (port(&env)?, listen(&env, &PublicUrl::read(&env)?)?);
    let reachable = addresses.into_iter().map(|address| match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        named => named,
    });
    Ok(reachable.map(|address| SocketAddr::new(address, port)).collect())
}

/// Returns whether a host is this machine.
pub(super) fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || without_brackets(host).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns whether the site is for this machine alone. On Cloud Run it is not, even without a `PUBLIC_URL`.
fn serves_this_machine(env: &Environment<'_>, public_url: &PublicUrl) -> bool {
    public_url.is_this_machine() && !env.runs_as_many()
}

/// Removes the brackets around an IPv6 address in a URL.
fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}
