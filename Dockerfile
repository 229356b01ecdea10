# The image holds Node, the packages that Firebreak needs to run, and its source. No database, no compiler, nothing for development.
# It works with a read-only root file system, without capabilities and as any user: /data is the only place it writes to.

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# No package needs its install script.
RUN ["npm", "ci", "--omit=dev", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"]
RUN ["mkdir", "/data"]

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=packages --chown=10001:10001 /data /data
COPY package.json LICENSE ./
COPY bin/healthcheck.mjs ./bin/
COPY migrations ./migrations
COPY src ./src

# glibc keeps what was freed for each of several arenas; a stream of gigabytes then looks like a leak. mallopt(3).
ENV MALLOC_ARENA_MAX=2
ENV MALLOC_MMAP_THRESHOLD_=131072
ENV MALLOC_TRIM_THRESHOLD_=131072
ENV NODE_ENV=production
ENV FIREBREAK_DATA_DIR=/data
ENV FIREBREAK_CONFIG=/etc/firebreak/firebreak.yml

# A number, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 10001:10001
VOLUME /data
EXPOSE 3000 3001
STOPSIGNAL SIGTERM

# Alive, not ready: a restart does not bring back a database that is gone.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["node", "--permission", "--allow-fs-read=/app", "bin/healthcheck.mjs"]

# No shell in between: signals reach Firebreak. Node gives it no right to start a program, a worker or an addon.
# The young generation is small, so that a stream of gigabytes is cleared often and memory stays flat.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--permission", "--allow-fs-read=*", "--allow-fs-write=/data", "src/main.ts"]
CMD ["serve"]
