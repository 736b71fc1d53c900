/** Light or dark: what the person chose, or else what the system has. The root element always says which, so that the style sheet has one palette for each. */
import type { Session } from './session.js';

/** Keeps the root element's `data-theme` at `light` or `dark`. To be called before the first picture. */
export function keepTheme(session: Session): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = session.state.theme;
  const apply = (): void => {
    const theme = (chosen = session.state.theme);
    const shown = theme !== 'auto' ? theme : system.matches ? 'dark' : 'light';
    if (document.documentElement.dataset['theme'] !== shown) document.documentElement.dataset['theme'] = shown;
  };
  apply();
  system.addEventListener('change', apply);
  session.store.subscribe(() => {
    if (session.state.theme !== chosen) apply();
  });
}

/** Calls back after each change of colours; gives what ends that. */
export function onTheme(recolour: () => void): () => void {
  const observer = new MutationObserver(recolour);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    observer.disconnect();
  };
}
