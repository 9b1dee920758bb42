FROM node:22-bookworm-slim AS ui
WORKDIR /src/ui
COPY ui/package.json ui/package-lock.json ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY schema.graphql /src/schema.graphql
COPY ui ./
RUN mkdir -p /src/api/assets/account && npm run build

FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
COPY --from=ui /src/api/assets/account/files api/assets/account/files
# `eventstoredb`, for a log in EventStoreDB.
ARG FEATURES=""
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package muniment --bin muniment \
        --features "$FEATURES" \
    && cp target/release/muniment /usr/local/bin/muniment

FROM debian:bookworm-slim
# curl is for the health check.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /data
COPY --from=build /usr/local/bin/muniment /usr/local/bin/muniment
# By number, so that the account need not exist.
USER 10001:10001
WORKDIR /data
ENV MUNIMENT_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["muniment"]
CMD ["serve"]
