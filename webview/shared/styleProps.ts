import { nothing } from 'lit';
import { Directive, directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js';

/** CSS properties by name; `null` takes one away. */
export type StyleProps = Readonly<Record<string, string | null>>;

/**
 * Sets style properties from script, which the pages' policy allows. Lit's own `styleMap` writes a `style` attribute on
 * first drawing, which the policy blocks.
 */
class StylePropsDirective extends Directive {
  #last: StyleProps = {};

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('styleProps belongs on an element.');
  }

  render(_props: StyleProps): typeof nothing {
    return nothing;
  }

  override update(part: ElementPart, [props]: [StyleProps]): typeof nothing {
    const element = part.element as HTMLElement;
    for (const name of Object.keys(this.#last)) {
      if (!Object.hasOwn(props, name)) element.style.removeProperty(name);
    }
    for (const [name, value] of Object.entries(props)) {
      if (this.#last[name] === value) continue;
      if (value === null) element.style.removeProperty(name);
      else element.style.setProperty(name, value);
    }
    this.#last = props;
    return nothing;
  }
}

export const styleProps = directive(StylePropsDirective);
