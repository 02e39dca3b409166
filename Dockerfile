# syntax=docker/dockerfile:1

# The site as it is shipped: hashed names, precompressed files, a release build of the server.
# `docker compose up` builds and runs it with everything that it needs; compose.yaml says how.
# Base images go by their tags, so that a rebuild takes security updates in; who wants the same bytes again pins
# digests.

# wasm-opt, at the version in the browser tests' lock file.
FROM node:22-bookworm-slim AS wasm-opt
WORKDIR /wasm-opt
COPY end2end/package.json end2end/package-lock.json ./
RUN PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund


FROM rust:1.95-bookworm AS build
RUN rustup target add wasm32-unknown-unknown
# Versions and flags are those of xtask/src/tools/cargo.rs. Unoptimised: these programs mostly wait for cargo, and
# their own release profile takes four times as long to build.
ENV CARGO_PROFILE_DEV_DEBUG=none
RUN cargo install --debug --locked --ignore-rust-version --features no_downloads cargo-leptos --version 0.3.11
# With --locked this one does not build (docs/pitfalls.md).
RUN CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback cargo install --debug wasm-bindgen-cli --version 0.2.130

COPY --from=wasm-opt /usr/local/bin/node /usr/local/bin/node
COPY --from=wasm-opt /wasm-opt/node_modules /opt/node_modules
ENV PATH=/opt/node_modules/.bin:$PATH

WORKDIR /src
COPY . .
# The build folder is a cache and no part of the image, so what is wanted of it is copied out.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    LEPTOS_HASH_FILES=true cargo leptos build --release --precompress --cargo-locked \
    && mkdir /genkan \
    && cp target/release/genkan target/release/hash.txt /genkan/ \
    && cp -r target/site /genkan/site


FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Genkan" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
# Certificates: a store at rediss:// is trusted by the system's.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin genkan \
    # For compose.yaml, which keeps a development key there. The server itself writes nothing.
    && install -d -o genkan -g genkan -m 0700 /var/lib/genkan
# hash.txt lies beside the program, where Leptos looks for it.
COPY --from=build /genkan /opt/genkan
ENV PATH=/opt/genkan:$PATH \
    LEPTOS_ENV=PROD \
    LEPTOS_OUTPUT_NAME=genkan \
    LEPTOS_SITE_ROOT=/opt/genkan/site \
    LEPTOS_SITE_PKG_DIR=pkg \
    LEPTOS_HASH_FILES=true \
    # A container's loopback is reached by nobody; which of its ports are, `docker run --publish` says.
    LISTEN=0.0.0.0,[::] \
    LOG_FORMAT=json
WORKDIR /opt/genkan
USER genkan
# Unless PORT says otherwise.
EXPOSE 3000
ENTRYPOINT ["genkan"]
