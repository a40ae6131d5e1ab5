import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

/*
 * The only file that knows the component library. It registers what the pages use and nothing else; the pages write the
 * tags `vscode-button`, `vscode-dropdown`, `vscode-option`, `vscode-text-field` and `vscode-progress-ring` and rely on
 * `value`, `disabled`, `appearance` and the native `click`, `input` and `change` events.
 */

/** Defines the custom elements. Called once, before the first template is drawn. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
    vsCodeTextField(),
  );
}

/** The value of a text field or dropdown that an event came from. */
export function controlValue(event: Event): string {
  const target: unknown = event.currentTarget;
  return typeof target === 'object' &&
    target !== null &&
    'value' in target &&
    typeof target.value === 'string'
    ? target.value
    : '';
}
