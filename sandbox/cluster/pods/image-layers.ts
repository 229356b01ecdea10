import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../runtime/image.ts';
import { type Layer, writeImageLayer } from '../runtime/image-layer.ts';
import type { Machine } from '../runtime/machine.ts';

/** The layers of a node's images, each written when a container first needs it. */
export class ImageLayers {
  readonly #layers = new Map<string, Layer>();

  of(machine: Machine, name: string, image: Image): Layer {
    let layer = this.#layers.get(name);
    if (layer === undefined) {
      const folder = join(machine.folder, 'images', String(this.#layers.size));
      mkdirSync(folder, { recursive: true });
      layer = writeImageLayer(folder, image, machine.tools);
      this.#layers.set(name, layer);
    }
    return layer;
  }
}
