# The image: squid-bpf and the libraries it needs on Debian, nothing that compiles. docs/install.md shows how to run it.
#   docker build -t squid-bpf .
# The build comes last but one, so that a build that stops at --target runtime needs no compiler.
ARG BASE=debian:12-slim

FROM ${BASE} AS runtime
COPY scripts/packages scripts/lib.sh /tmp/scripts/
RUN apt-get update \
 && apt-get install -y --no-install-recommends $(/tmp/scripts/packages runtime) \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /tmp/scripts
# The host's cgroups are mounted over ours, read-only; the status socket is in /run, which may be a tmpfs.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["squid-bpf", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["squid-bpf"]

FROM ${BASE} AS build
COPY scripts/packages scripts/lib.sh scripts/install-packages /src/scripts/
RUN /src/scripts/install-packages build && rm -rf /var/lib/apt/lists/*
COPY . /src
WORKDIR /src
RUN cmake --preset release -DSQUID_TESTS=OFF \
 && cmake --build --preset release --target squid-bpf \
 && strip --strip-all -o /squid-bpf build/release/squid-bpf

FROM runtime
COPY --from=build /squid-bpf /usr/bin/squid-bpf
