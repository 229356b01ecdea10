import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';

/** Builds the image from today's Debian slim by its digest, and pushes it. `REGISTRY` is the one thing to fill in. */
export const BUILD_COMMAND =
  "docker buildx build --build-arg DEBIAN=debian:bookworm-slim@$(docker buildx imagetools inspect debian:bookworm-slim --format '{{.Manifest.Digest}}') --tag REGISTRY/firebreak-tools --push deploy/tool-image";

/** The image that a cluster names for its footholds. Throws `config-invalid` where it names none, with the command that makes one. */
export const requireToolImage = ({ name, toolImage }: Pick<ClusterEntry, 'name' | 'toolImage'>): string => {
  if (toolImage !== undefined) return toolImage;
  throw new FirebreakError({
    code: 'config-invalid',
    message: `Cluster ${name} names no toolImage, so Firebreak can start nothing there to look from.`,
    next: `Ask whoever runs Firebreak to build and push it (\`${BUILD_COMMAND}\`, in Firebreak’s folder), and to name it with the digest that this prints: \`toolImage: REGISTRY/firebreak-tools@sha256:…\` under \`clusters.${name}\`.`,
  });
};
