import { Document, isScalar, visit } from 'yaml';
import type { RbacObject } from './rbac-objects.ts';

const commented = (text: string): string =>
  text
    .split('\n')
    .map((line) => ` ${line}`.trimEnd())
    .join('\n');

/** Objects as one stream that `kubectl apply -f -` takes. */
export const yamlStream = (objects: readonly RbacObject[]): string =>
  objects
    .map(({ comment, object }) => {
      const document = new Document(object);
      // A rule reads best in three lines.
      visit(document, {
        Seq: (_key, list) => {
          list.flow = list.items.every(isScalar);
        },
      });
      if (comment !== '') document.commentBefore = commented(comment);
      return document.toString({ flowCollectionPadding: false });
    })
    .join('---\n');

/** A text as comment lines of YAML, for what is no object of Kubernetes. */
export const yamlComment = (text: string): string =>
  `${text
    .split('\n')
    .map((line) => `# ${line}`.trimEnd())
    .join('\n')}\n`;
