/** RFC 8785 canonical JSON and its SHA-256 in hex: the bytes under every digest. */
export interface Digest {
  canonical(value: unknown): string;
  sha256(text: string): string;
}
