# syntax=docker/dockerfile:1

# The site as it is shipped: hashed names, precompressed files, a release build of the server. `docker compose up`
# builds and runs it with everything that it needs; compose.yaml says how.
#
# Base images are named by digest, and cargo and npm install by their lock files, so the same sources are built with the
# same tools. For Debian's security updates take the digest that `docker buildx imagetools inspect rust:1.95.0-bookworm`
# prints.

# wasm-opt, at the version in the browser tests' lock file.
FROM node:22.12.0-bookworm-slim@sha256:35531c52ce27b6575d69755c73e65d4468dba93a25644eed56dc12879cae9213 AS wasm-opt
WORKDIR /wasm-opt
COPY end2end/package.json end2end/package-lock.json ./
RUN PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund


# Replaced by the image of the version before, where one is deployed: `docker build --build-context
# previous=docker-image://registry.example/genkan:41`. Pages that it has rendered are open while this one starts, and
# ask for its scripts and style sheet (docs/versions.md).
FROM scratch AS previous
# A stage without files cannot be mounted.
COPY Cargo.toml /


FROM rust:1.95.0-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1 AS build
RUN rustup target add wasm32-unknown-unknown
# Versions and flags are those of xtask/src/tools/cargo.rs. Unoptimised: these programs mostly wait for cargo, and
# their own release profile takes four times as long to build.
ENV CARGO_PROFILE_DEV_DEBUG=none
RUN cargo install --debug --locked --ignore-rust-version --features no_downloads cargo-leptos --version 0.3.11 \
    # With --locked this one does not build (docs/pitfalls.md).
    && CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback \
    cargo install --debug wasm-bindgen-cli --version 0.2.130

COPY --from=wasm-opt /usr/local/bin/node /usr/local/bin/node
COPY --from=wasm-opt /wasm-opt/node_modules /opt/node_modules
ENV PATH=/opt/node_modules/.bin:$PATH

WORKDIR /src
COPY . .
# The build folder is a cache and no part of the image, so what is wanted of it is copied out.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    --mount=type=bind,from=previous,target=/previous \
    LEPTOS_HASH_FILES=true cargo leptos build --release --precompress --cargo-locked \
    && deploy/image-root target/release/genkan target/release/hash.txt target/site /previous /genkan \
    && mkdir /keys


FROM scratch
LABEL org.opencontainers.image.title="Genkan" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /genkan /
# For compose.yaml, which keeps a development key there. The server itself writes nothing.
COPY --from=build --chown=10001:10001 /keys /var/lib/genkan
ENV PATH=/opt/genkan \
    LEPTOS_ENV=PROD \
    LEPTOS_OUTPUT_NAME=genkan \
    LEPTOS_SITE_ROOT=/opt/genkan/site \
    LEPTOS_SITE_PKG_DIR=pkg \
    LEPTOS_HASH_FILES=true \
    # A container's loopback is reached by nobody; which of its ports are, `docker run --publish` says.
    LISTEN=0.0.0.0,[::] \
    LOG_FORMAT=json
WORKDIR /opt/genkan
# `genkan` of etc/passwd, by number: Kubernetes' runAsNonRoot asks for one.
USER 10001:10001
# Unless PORT says otherwise.
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=6s --start-period=10s CMD ["genkan", "health"]
ENTRYPOINT ["genkan"]
