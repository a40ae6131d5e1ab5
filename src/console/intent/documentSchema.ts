import * as z from 'zod';
import { intentDocumentSchema } from '../../contract/intent/intentDocument.ts';

/** The parts of a JSON schema that are read here. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/**
 * JSON schema of an intent document, made from the contract. The editor's own JSON support reads it from
 * `schemas`; completion and hover of YAML read the same.
 */
export function intentJsonSchema(): SchemaNode & { readonly title: string } {
  const schema = z.toJSONSchema(intentDocumentSchema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      // The editor shows the Markdown form in hovers; the plain one is for other readers.
      if (jsonSchema.description !== undefined) jsonSchema.markdownDescription = jsonSchema.description;
    },
  });
  return { title: 'Proxbox intent document', ...(schema as SchemaNode) };
}
