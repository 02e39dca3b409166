//! Redis as clouds offer it: TLS with a certificate of a private authority, and access tokens that change.

mod metadata_server;
mod tls;
mod tokens;
